#!/usr/bin/env python
"""Django's command line for the learning portal."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "learning_portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Missing, or empty as .env.example leaves it: the commonest first meeting with us.
        if "SECRET_KEY" not in str(error):
            raise
        sys.exit("DJANGO_SECRET_KEY is not set: copy .env.example to .env and fill it in.")


if __name__ == "__main__":
    main()
