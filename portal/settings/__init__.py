"""Settings, a module for each subject; every knob from the environment, with a default for a laptop.

docs/settings.md lists the knobs; `manage.py settings_table --check` fails when that page is stale.
A module that needs another's value imports it by name, so the order below is only that page's.
"""

# Django reads one module, and a list of 150 names would be a second place to forget one.
# ruff: noqa: F403
# isort: off
from portal.settings.base import *
from portal.settings.site import *
from portal.settings.database import *
from portal.settings.people import *
from portal.settings.provider import *
from portal.settings.installed import *
from portal.settings.messages import *
from portal.settings.files import *
from portal.settings.security import *
from portal.settings.background import *
from portal.settings.search import *
from portal.settings.reviews import *
from portal.settings.ai import *
from portal.settings.logs import *

# isort: on
from portal.settings.base import env

# Once all are read: portal.checks says each in a sentence.
SETTING_ERRORS = env.errors
