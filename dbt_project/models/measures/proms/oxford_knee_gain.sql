-- oxford_knee_gain: points by which the Oxford knee score rose after a knee replacement.
{{ proms_gain('oxford_score', 'Oxford knee score', 0, 48, procedure_group='KNEE') }}
