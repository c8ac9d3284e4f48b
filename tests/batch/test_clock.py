import datetime as dt

from cxlab.batch import clock


def test_the_clock_is_in_utc_and_to_the_second():
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)
    assert clock.stamp().endswith("+00:00") and "." not in clock.stamp()
    assert clock.ticks() <= clock.ticks()


def test_the_clock_can_be_pinned(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    assert clock.stamp() == "2026-09-21T14:13:20+00:00"
    assert clock.ticks() == 0.0
