"""Programs for those who work on the repository: releases and what CI asks. Nothing here is released or deployed."""
