"""Plans, runs and closes Hawker's scrapes: state machines, their Lambdas, the command line, the local cloud."""
