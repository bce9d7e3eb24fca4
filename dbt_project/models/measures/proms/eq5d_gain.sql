-- eq5d_gain: by how much the EQ-5D index rose after a hip or knee replacement.
{{ proms_gain('eq5d_index', 'EQ-5D index', -0.594, 1) }}
