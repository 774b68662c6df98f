"""Readings from a real broker and a real PostgreSQL, each started by the test; left out where they are not installed."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tiny_case import PRODUCT, SHOP, tiny_case
from tornado.testing import bind_unused_port

from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.sources import AUTHORITY, PASSWORD, Mqtt, SourceError, source_of

CASE = tiny_case()
BROKER = shutil.which("mosquitto", path=f"{os.environ.get('PATH')}:/usr/sbin")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def count(at: int, units: float) -> dict:
    return {"kind": "count", "at": at, "site": SHOP, "product": PRODUCT, "units": units}


def free_port() -> int:
    socket, port = bind_unused_port()
    socket.close()
    return port


def until(what, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.1)


@pytest.fixture
def feed(tmp_path):
    with Feed(tmp_path / "readings.sqlite", CASE) as one:
        yield one


@pytest.mark.skipif(not BROKER, reason="mosquitto is not installed")
def test_messages_of_a_broker_that_goes_away(feed, tmp_path):
    mqtt = pytest.importorskip("paho.mqtt.client")
    port = free_port()
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8")

    def broker() -> subprocess.Popen:
        started = subprocess.Popen([BROKER, "-c", str(tmp_path / "m.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: _answers(port))
        return started

    def publish(*rows) -> None:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", port)
        client.loop_start()
        for row in rows:
            client.publish("plant/readings", row if isinstance(row, str) else json.dumps(row), qos=1).wait_for_publish(10)
        client.loop_stop()
        client.disconnect()

    running = broker()
    source = source_of(f"mqtt://127.0.0.1:{port}/plant/#")
    try:
        assert isinstance(source, Mqtt)
        _quietly(source, feed)
        until(lambda: source._client.is_connected())
        time.sleep(0.5)  # the subscription has arrived too
        publish(count(1, 5), count(1, 5), count(2, 6), "garbage")
        until(lambda: (_quietly(source, feed), len(feed.readings()))[1] == 2)
        assert feed.counts().loc[0, ["twice", "refused"]].tolist() == [1, 1]
        running.terminate()
        running.wait()
        until(lambda: _quietly(source, feed) == "away")
        running = broker()
        until(lambda: _quietly(source, feed) == "")
        time.sleep(0.5)
        publish(count(3, 7))
        until(lambda: (_quietly(source, feed), len(feed.readings()))[1] == 3)
    finally:
        source.close()
        running.terminate()
        running.wait()
    gone = Mqtt(f"mqtt://127.0.0.1:{free_port()}/plant/#")
    with pytest.raises(SourceError, match="does not answer"):
        gone.poll(feed)


@pytest.mark.skipif(not (BROKER and shutil.which("mosquitto_passwd")), reason="mosquitto is not installed")
def test_a_broker_with_a_password_and_encryption(feed, tmp_path, monkeypatch):
    mqtt = pytest.importorskip("paho.mqtt.client")
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "c.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (tmp_path / "users").touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(tmp_path / "users"), "twin", "right"], check=True)
    port = free_port()
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {tmp_path}/users", f"certfile {tmp_path}/c.pem",
             f"keyfile {tmp_path}/k.pem", f"user {pwd.getpwuid(os.getuid()).pw_name}"]  # fmt: skip
    (tmp_path / "m.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    running = subprocess.Popen([BROKER, "-c", str(tmp_path / "m.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    monkeypatch.setenv(AUTHORITY, str(tmp_path / "c.pem"))
    monkeypatch.setenv(PASSWORD, "wrong")
    source = source_of(f"mqtts://twin@127.0.0.1:{port}/plant/#")
    sender = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    try:
        until(lambda: _answers(port))
        said: list[str] = []
        until(lambda: (said.append(_said(source, feed)), "lets nobody in" in said[-1])[1])
        source.close()
        monkeypatch.setenv(PASSWORD, "right")
        until(lambda: _said(source, feed) == "")
        time.sleep(0.5)
        sender.username_pw_set("twin", "right")
        sender.tls_set(str(tmp_path / "c.pem"))
        sender.connect("127.0.0.1", port)
        sender.loop_start()
        sender.publish("plant/readings", json.dumps(count(1, 5)), qos=1).wait_for_publish(10)
        until(lambda: (_said(source, feed), len(feed.readings()))[1] == 1)
    finally:
        sender.loop_stop()
        sender.disconnect()
        source.close()
        running.terminate()
        running.wait()


def _said(source: Mqtt, feed: Feed) -> str:
    try:
        source.poll(feed)
    except SourceError as error:
        return str(error)
    return ""


def _quietly(source: Mqtt, feed: Feed) -> str:
    return "away" if _said(source, feed) else ""


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(not (shutil.which("postgres") and shutil.which("initdb")), reason="PostgreSQL is not installed")
def test_a_table_of_postgresql(feed, tmp_path):
    pg = pytest.importorskip("pg8000.native")
    user = "postgres" if os.getuid() == 0 else None
    if user and user not in {one.pw_name for one in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp())  # not below the folders of pytest, which are closed to that user
    if user:
        shutil.chown(folder, user)
    port, quiet = free_port(), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user, "cwd": "/"}
    subprocess.run([shutil.which("initdb"), "-D", str(folder), "-A", "trust", "-U", "twin"], check=True, **quiet)
    running = subprocess.Popen([shutil.which("postgres"), "-D", str(folder), "-p", str(port), "-k", "", "-h", "127.0.0.1", "-c", "fsync=off"], **quiet)
    try:
        until(lambda: _answers(port), 60)
        time.sleep(1)
        db = pg.Connection(user="twin", host="127.0.0.1", port=port, database="postgres")
        db.run('CREATE TABLE "stock log" (n serial, kind text, at date, site text, product text, units numeric)')
        one = 'INSERT INTO "stock log" (kind, at, site, product, units) VALUES (:k, :a, :s, :p, :u)'
        db.run(one, k="count", a="2026-01-06", s=SHOP, p=PRODUCT, u=5.5)
        dated = Feed(tmp_path / "dated.sqlite", tiny_case(start_date="2026-01-05"))
        source = source_of(f"postgresql://twin@127.0.0.1:{port}/postgres?table=stock%20log&column=n")
        assert (source.poll(dated).new, source.poll(dated).arrived) == (1, 0)
        db.run(one, k="count", a="2026-01-07", s=SHOP, p=PRODUCT, u=6)
        assert source.poll(dated).new == 1
        assert dated.readings()[["period", "units"]].values.tolist() == [[1.0, 5.5], [2.0, 6.0]]
        dated.close()
        db.close()
        with pytest.raises(SourceError, match="cannot be read"):
            source_of(f"postgresql://twin@127.0.0.1:{port}/postgres?table=nothing").poll(feed)
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder, ignore_errors=True)
