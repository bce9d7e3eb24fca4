-- oxford_hip_gain: points by which the Oxford hip score rose after a hip replacement.
{{ proms_gain('oxford_score', 'Oxford hip score', 0, 48, procedure_group='HIP') }}
