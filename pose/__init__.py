"""What a pose is: landmarks, geometry, filters, kinematics, metrics, wire. numpy and scipy only."""
