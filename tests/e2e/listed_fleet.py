"""A fleet that a test changes, and the two listings that a platform makes of it."""

import datetime
import email.utils
import json

from fake_platform import Behaviour, Exchange


class Fleet:
    """The workers of an app, as the two listings show them."""

    def __init__(self) -> None:
        self.workers: dict[str, dict] = {}
        self.fault: Behaviour | None = None  # of the history
        self.asked = {"live": 0, "history": 0}
        self.lead = 0.0  # seconds that the platform's clock is ahead of ours

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.lead)

    def rfc3339(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def create(self, name: str) -> None:
        self.workers[name] = {
            "id": name,
            "status": "STATUS_RUNNING",
            "detailStatus": "DETAIL_STATUS_FREE",
            "createdAt": self.rfc3339(),
            "launchAt": self.rfc3339(),
        }

    def serve(self, name: str, success: int, failed: int = 0) -> None:
        worker = self.workers[name]
        worker["successCount"] = worker.get("successCount", 0) + success
        worker["failedCount"] = worker.get("failedCount", 0) + failed
        worker["lastServeAt"] = self.rfc3339()

    def delete(self, name: str) -> None:
        self.workers[name] |= {"status": "STATUS_TERMINATED", "deletedAt": self.rfc3339()}

    def fail(self, name: str) -> None:
        self.workers[name] |= {"status": "STATUS_ERROR", "deviceId": "host-1"}

    def __call__(self, exchange: Exchange) -> None:
        history = "showAll=true" in exchange.query
        self.asked["history" if history else "live"] += 1
        if history and self.fault:
            self.fault(exchange)
            return
        hidden = () if history else ("STATUS_TERMINATED", "STATUS_ERROR")
        workers = [worker for worker in self.workers.values() if worker["status"] not in hidden]
        date = email.utils.format_datetime(self.now(), usegmt=True)
        exchange.answer(json.dumps({"queueSize": 7, "workers": workers}).encode(), extra=f"Date: {date}\r\n")
