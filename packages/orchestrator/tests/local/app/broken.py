"""A module that cannot be loaded."""

import nothing_of_this_name  # type: ignore[import-not-found]  # noqa: F401  # it does not exist: that is the point
