#!/usr/bin/python3
"""file_server.py FOLDER LOG: serves a folder on 127.0.0.1, on a free port that it prints, with Range and strong ETags,
until it is killed. Notes each request in LOG: method, path, range, status. By the first part of the path:
  /ROUTE...       as it is
  /flaky/ROUTE    every eleventh request is answered with 503
  /cut/ROUTE      the connection breaks halfway through the first two answers of every third range of more than 4 KiB
  /gone/ROUTE     ranges beyond the first 64 KiB are answered with 403
  /stall/ROUTE    of ranges beyond the first 64 KiB the first 100 bytes come, and then nothing
  /whole/ROUTE    no Range
  /NNN/ROUTE      that status (three digits), whatever is asked for; /NNN/xml/ROUTE: with the words of S3's errors
"""
import hashlib
import http.server
import os
import sys
import threading
import time

folder, log = sys.argv[1], open(sys.argv[2], "a", buffering=1)
lock, count = threading.Lock(), {}


def turn(key):
    with lock:
        count[key] = count.get(key, 0) + 1
        return count[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, headers, body=b"", whole=None):
        log.write(f"{self.command} {self.path} {self.headers.get('Range', '-')} {status}\n")
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if whole is None else whole))
        self.end_headers()
        if self.command == "GET":
            try:
                self.wfile.write(body)
            except ConnectionError:  # what was asked for is no longer wanted
                self.close_connection = True

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        route = self.path.split("?")[0].lstrip("/")
        kind, _, rest = route.partition("/")
        kind = kind if kind in ("flaky", "cut", "gone", "stall", "whole") else ""
        if len(route.split("/")[0]) == 3 and route[:3].isdigit():
            words = {403: "Access Denied", 404: "The specified key does not exist."}.get(int(route[:3]), "Other")
            body = f"<?xml version='1.0'?><Error><Code>Denied</Code><Message>{words}</Message></Error>".encode()
            xml = rest.startswith("xml/")
            return self.say(int(route[:3]), {"Content-Type": "application/xml"} if xml else {}, body if xml else b"")
        path = os.path.join(folder, rest if kind else route)
        if not os.path.isfile(path):
            return self.say(404, {})
        if kind == "flaky" and turn("flaky") % 11 == 0:
            return self.say(503, {})
        with open(path, "rb") as file:
            content = file.read()
        headers = {"Accept-Ranges": "bytes", "ETag": '"%s"' % hashlib.sha256(content).hexdigest()[:16]}
        first, last, status = 0, len(content) - 1, 200
        wanted = self.headers.get("Range")
        if wanted and kind != "whole":
            a, _, b = wanted.removeprefix("bytes=").partition("-")
            first, last, status = int(a), min(int(b) if b else last, last), 206
            if first > last:
                return self.say(416, {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        if kind == "gone" and first > 65536:
            return self.say(403, {})
        if kind == "stall" and first > 65536:
            self.say(status, headers, content[first : first + 100], whole=last + 1 - first)
            self.wfile.flush()
            time.sleep(600)
            self.close_connection = True
            return None
        body = content[first : last + 1]
        if kind == "cut" and self.command == "GET" and len(body) > 4096 and first // 1024 % 3 == 0 and turn(wanted) < 3:
            self.say(status, headers, body[: len(body) // 2], whole=len(body))
            self.close_connection = True
            return None
        return self.say(status, headers, body)


http.server.ThreadingHTTPServer.daemon_threads = True
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
