"""Once a week, each person is told by e-mail what waits for them: counts and one link, no name and no figure."""
