"""Trained models: what can be done with them after their study."""
