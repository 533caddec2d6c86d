"""A few requests go on at the same time, the others in the order in which they came."""

import threading
import time

from frames.turns import Turns


def test_turns_are_taken_in_order() -> None:
    turns, order = Turns(1), list[int]()

    def go(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = [threading.Thread(target=go, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        assert order == []
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2]


def test_no_more_than_a_few_go_on_at_once_and_an_error_gives_the_turn_back() -> None:
    turns, at_work, most = Turns(2), [0], [0]
    lock = threading.Lock()

    def go() -> None:
        for _ in range(50):
            try:
                with turns:
                    with lock:
                        at_work[0] += 1
                        most[0] = max(most[0], at_work[0])
                    time.sleep(0.0001)
                    with lock:
                        at_work[0] -= 1
                    raise ValueError
            except ValueError:
                pass

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (at_work[0], most[0]) == (0, 2)
