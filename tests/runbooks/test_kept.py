"""Pages in memory: bounded, and never older than promised."""

from runbooks.kept import Kept


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def kept(most_bytes=100, seconds=10):
    clock = Clock()
    return Kept(most_bytes=most_bytes, seconds=seconds, clock=clock), clock


def test_what_was_not_read_for_longest_goes_first():
    pages, _ = kept()
    pages.put("a", "A", 40)
    pages.put("b", "B", 40)
    assert pages.get("a") == "A"
    pages.put("c", "C", 40)
    assert [pages.get(key) for key in "abc"] == ["A", None, "C"]
    assert pages.bytes == 80


def test_a_value_is_forgotten_when_its_time_is_over():
    pages, clock = kept(seconds=10)
    pages.put("a", "A", 1)
    clock.now = 9
    assert pages.get("a") == "A"
    clock.now = 11
    assert pages.get("a") is None
    assert pages.bytes == 0


def test_a_value_put_twice_counts_once():
    pages, _ = kept()
    pages.put("a", "A", 60)
    pages.put("a", "B", 70)
    assert (pages.get("a"), pages.bytes) == ("B", 70)


def test_what_is_larger_than_the_room_is_not_kept():
    pages, _ = kept(most_bytes=10)
    pages.put("small", "S", 5)
    pages.put("large", "L", 11)
    assert (pages.get("small"), pages.get("large")) == ("S", None)
