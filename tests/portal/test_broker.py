"""Celery's messages in files, where no Redis is."""

import threading
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from portal.broker import Transport
from portal.celery import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "control").mkdir()
    (tmp_path / "queue").mkdir()
    return tmp_path


@pytest.fixture
def name() -> str:
    """kombu remembers in the process which queues are bound, in whatever folder."""
    return f"queue-{uuid4()}"


def connected(folder: Path) -> Connection:
    queue = str(folder / "queue")
    options = {"data_folder_in": queue, "data_folder_out": queue}
    options["control_folder"] = str(folder / "control")
    return Connection("filesystem://", transport_options=options)


def test_the_application_writes_by_it() -> None:
    assert isinstance(app.connection_for_write("filesystem://").transport, Transport)


def test_what_is_put_is_got_once_in_its_order(folder: Path, name: str) -> None:
    with connected(folder) as connection, connection.SimpleQueue(name) as queue:
        for number in range(5):
            queue.put({"number": number})
        got = []
        for _ in range(5):
            message = queue.get(block=False)
            got.append(message.payload["number"])
            message.ack()
        assert sorted(got) == list(range(5))
        assert queue.qsize() == 0
    assert list((folder / "queue").iterdir()) == []


def test_a_worker_never_sees_a_message_that_is_still_being_written(folder: Path, name: str) -> None:
    """With kombu's own transport it does within a few of these, and ends."""
    much, count = "x" * 300_000, 60
    wrong: list[Exception] = []

    def write() -> None:
        with connected(folder) as connection, connection.SimpleQueue(name) as queue:
            for _ in range(count):
                queue.put({"much": much})

    with connected(folder) as connection:
        channel = connection.channel()
        channel.queue_declare(name)
        writer = threading.Thread(target=write)
        writer.start()
        got = 0
        while got < count and not wrong and (writer.is_alive() or channel._size(name)):
            try:
                message = channel.basic_get(name, no_ack=True)
            except ValueError as error:
                wrong.append(error)
                break
            got += message is not None
        writer.join()
    assert (got, wrong) == (count, [])


def test_a_folder_that_is_gone_is_told_as_the_brokers_fault(folder: Path, name: str) -> None:
    with connected(folder) as connection, connection.SimpleQueue(name) as queue:
        (folder / "queue").rmdir()
        with pytest.raises(ChannelError, match="Cannot add"):
            queue.put({})
