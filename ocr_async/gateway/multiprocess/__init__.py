"""
One gateway of several processes on one machine: ``ocr-async serve --workers N``.

    supervisor    starts the workers, replaces those that die, ends them     worker       one of them: a gateway
    coordinator   what all share, in the supervisor's memory                 shared       how a worker asks for it
    link          calls between the two, over a socket                       board        numbers that all see
    listening     the sockets that all accept on                             permits      parts of limits of deployments
    totals        the metrics of all                                         recogniser   the engine's, lent to all

Files, batches, kept answers, keys and spend are in the one SQLite database, which all open.
"""
