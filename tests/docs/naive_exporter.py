"""The exporter that one writes in an afternoon: at each scrape it sums up the listing of each app.

docs/comparison.md compares it with everai_exporter. Usage: naive_exporter.py ENDPOINT NAMESPACE/NAME...
The token is in EVERAI_TOKEN. It prints the port that it serves on."""

import json
import os
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

ENDPOINT, *APPS = sys.argv[1:]
PORT = int(os.environ.get("PORT", "0"))


class Listings:
    def collect(self) -> Iterator[Metric]:
        labels = ["app_namespace", "app"]
        workers = GaugeMetricFamily("naive_workers", "Workers.", labels=[*labels, "status"])
        queue = GaugeMetricFamily("naive_queue_size", "Waiting requests.", labels=labels)
        requests = CounterMetricFamily("naive_requests", "Finished requests.", labels=labels)
        failed = CounterMetricFamily("naive_requests_failed", "Failed requests.", labels=labels)
        for app in (app.split("/") for app in APPS):
            asked = urllib.request.Request(
                f"{ENDPOINT}/api/apps/v1/namespaces/{app[0]}/apps/{app[1]}/workers",
                headers={"Authorization": f"Bearer {os.environ['EVERAI_TOKEN']}"},
            )
            with urllib.request.urlopen(asked, timeout=10) as answer:
                listing = json.load(answer)
            listed = listing.get("workers", [])
            for status, count in Counter(worker.get("status", "") for worker in listed).items():
                workers.add_metric([*app, status], count)
            bad = sum(int(worker.get("failedCount", 0)) for worker in listed)
            good = sum(int(worker.get("successCount", 0)) for worker in listed)
            requests.add_metric(app, good + bad)
            failed.add_metric(app, bad)
            queue.add_metric(app, int(listing.get("queueSize", 0)))
        yield from (workers, queue, requests, failed)


registry = CollectorRegistry(auto_describe=False)
registry.register(Listings())
start_http_server(PORT, addr="127.0.0.1", registry=registry)
print(f"port={PORT}", flush=True)
threading.Event().wait()
