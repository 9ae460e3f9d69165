#!/usr/bin/env python3
"""test_ordered.py iocp_ordered OUTSIDE --server PATH [MESSAGES]: that the bytes
of a connection keep their order with 8 receives and sends of it under way on 4
workers, and that each option which leaves out a part of what keeps it does lose
it. A message fills a receive. 20,000 by default; prints TAP."""

from fixture import case, within, words
from iotest import main, require, require_equal

MESSAGE = 64
OPTIONS = f"--buffer {MESSAGE} --outstanding 8 --threads 4"
CLIENTS = 4
BUFFERS = 65536  # larger ones take longer to empty than a client is patient
WRONG_S = 30  # it takes a tenth of a second to two seconds
MESSAGES = int(words[0]) if words else 20000


def echo(f, client, messages):
    """All sent by a thread of its own, whose send may end with the server."""
    sender = f.spawn(client.send, messages * MESSAGE)
    client.receive(messages * MESSAGE)
    sender.result()


def in_order(f):
    f.serve(OPTIONS)
    clients = [f.connect(BUFFERS) for _ in range(CLIENTS)]
    f.together(lambda client: echo(f, client, MESSAGES // CLIENTS), clients)
    for client in clients:
        client.finish()
    final = f.end(CLIENTS, whole=True)
    require(f.count(final, "recvs") >= MESSAGES // CLIENTS * CLIENTS, final)
    require_equal(final["errors"], {})


def goes_wrong(f, option):
    """Until a client sees bytes in another order."""
    f.serve(f"{OPTIONS} --tune {option}")
    for _ in within(WRONG_S):
        client = f.connect()
        try:
            echo(f, client, 2000)
        except AssertionError as error:
            require("wrong bytes" in str(error), error)
            return
    raise AssertionError(f"{option}: the order was kept for {WRONG_S} s")


main({"case_in_order": case(in_order),
      **{f"case_{option}": case(goes_wrong, option) for option in
         ("numbers=off", "post=unlocked", "send=unlocked")}})
