"""Live grid intensity, against a local server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from codecarbon.core import cloud, electricitymaps_api
from codecarbon.input import DataSource

from pytest_scer.core.intensity import LIVE, Place
from pytest_scer.meters import online
from pytest_scer.meters.codecarbon import live
from pytest_scer.meters.online import LookupFailed, look_up

PARIS = {
    "country_code3": "FRA", "country_code": "FR", "country": "France", "region": "Paris",
    "latitude": "48.85", "longitude": "2.35",
}  # fmt: skip


class Services:
    """The responses of the services, and the requests that they received."""

    def __init__(self) -> None:
        self.location: Any = PARIS
        self.grid: Any = {"carbonIntensity": 56}
        self.grid_status = 200
        self.slow = threading.Event()
        self.is_slow = False
        self.asked: list[str] = []


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    state = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            if state.is_slow:
                state.slow.wait(10)
            located = self.path.startswith("/geo")
            self.send_response(200 if located else state.grid_status)
            self.end_headers()
            answer = state.location if located else state.grid
            text = answer if isinstance(answer, str) else json.dumps(answer)
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(electricitymaps_api, "URL", f"{base}/grid")
    monkeypatch.setattr(DataSource, "geo_js_url", f"{base}/geo")
    monkeypatch.setattr(cloud, "CLOUD_METADATA_MAPPING", {})
    electricitymaps_api.reset_cache()
    yield state
    state.slow.set()
    server.shutdown()
    server.server_close()
    electricitymaps_api.reset_cache()


FRANCE = Place(country="FRA", source="--scer-country")


class TestLiveGrid:
    def test_a_configured_country_is_asked_for_by_its_code(self, services: Services) -> None:
        answer = look_up(FRANCE, "secret")
        assert answer.intensity.g_per_kwh == 56
        assert answer.intensity.location == "France"
        assert answer.intensity.method.startswith(LIVE)
        assert "asked at 20" in answer.intensity.source
        assert services.asked == ["/grid?countryCode=FR"]

    def test_a_live_figure_of_a_region_is_the_country_s(self, services: Services) -> None:
        services.grid = {"carbonIntensity": 300}
        answer = look_up(Place(country="USA", region="california", source="--scer-region"), "x")
        assert services.asked == ["/grid?countryCode=US"]
        assert answer.intensity.location == "United States"

    def test_without_a_place_the_location_is_looked_up_and_not_kept(
        self, services: Services
    ) -> None:
        answer = look_up(None, "secret")
        assert services.asked == ["/geo", "/grid?lat=48.85&lon=2.35"]
        assert answer.intensity.location == "France"
        assert "48.85" not in repr(answer)

    @pytest.mark.parametrize(
        "grid",
        [{"carbonIntensity": -3}, {"carbonIntensity": 99999}, {"carbonIntensity": None},
         {"carbonIntensity": "many"}, {"carbonIntensity": True}, {}, "no JSON", []],
    )  # fmt: skip
    def test_an_absurd_answer_falls_back_to_the_configured_place(
        self, services: Services, grid: Any
    ) -> None:
        services.grid = grid
        answer = look_up(FRANCE, "secret")
        assert answer.intensity.location == "France"
        assert answer.intensity.method == "location-based yearly average"
        assert "using the yearly figure for France instead" in answer.warnings[0]

    def test_a_refusal_is_stated_without_the_token(self, services: Services) -> None:
        services.grid_status, services.grid = 401, {"error": "bad token secret"}
        (warning,) = look_up(FRANCE, "secret").warnings
        assert "bad token <token>" in warning
        assert "secret" not in warning

    def test_a_slow_answer_falls_back_too(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(electricitymaps_api, "ELECTRICITYMAPS_API_TIMEOUT", 0.2)
        services.is_slow = True
        answer = look_up(FRANCE, "secret")
        assert answer.intensity.location == "France"
        assert "Electricity Maps failed (ReadTimeout" in answer.warnings[0]

    def test_no_token_is_stated(self, services: Services) -> None:
        answer = look_up(FRANCE, None)
        assert services.asked == []
        assert "electricitymaps_api_token" in answer.warnings[0]


class TestLocation:
    @pytest.mark.parametrize(
        "location",
        ["", "[]", "{}", {**PARIS, "country_code3": "??"}, {**PARIS, "country_code3": None},
         {**PARIS, "latitude": "1000"}, {**PARIS, "longitude": "here"}],
    )  # fmt: skip
    def test_a_bad_answer_is_an_error_and_never_another_country(
        self, services: Services, location: Any
    ) -> None:
        services.location = location
        with pytest.raises(LookupFailed, match="set --scer-country"):
            look_up(None, "secret")

    def test_a_slow_answer_is_an_error(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(online, "TIMEOUT_S", 0.2)
        services.is_slow = True
        with pytest.raises(LookupFailed, match="returned no location"):
            look_up(None, "secret")

    def test_a_country_that_no_table_knows_is_an_error(self, services: Services) -> None:
        services.location = {**PARIS, "country_code3": "XXX"}
        with pytest.raises(ValueError, match="unknown country 'XXX'"):
            look_up(None, "secret")

    def test_the_cloud_region_is_looked_up(
        self, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "cloud_region", lambda: "gcp/europe-north1")
        answer = look_up(None, "secret")
        assert answer.intensity.location.startswith("gcp/europe-north1")
        assert "location: cloud metadata" in answer.intensity.source
        assert "not looked up for cloud regions; using the yearly figure" in answer.warnings[0]
        assert services.asked == []
