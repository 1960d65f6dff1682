"""Between the models and the database: what every app's statements have in common."""
