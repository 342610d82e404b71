"""Fixtures of the end-to-end tests: BBC News, stages over it, and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page, sync_playwright

from e2e.stage import Stage, StageMaker, common_settings, import_texts, simulated_answers
from fakes.openai_server import OpenAIServer
from mraru.demo.label_studio_server import free_port
from mraru.demo.sample_texts import SampleTexts, load_bbc_news

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Debian's chromium is; asked for before anything is started."""
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium is not installed: apt-get install chromium"
        if os.environ.get("MRARU_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason} (MRARU_REQUIRE_BROWSER=1)")
        pytest.skip(reason)
    return found


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser.new_context(viewport={"width": 1280, "height": 760}).new_page()  # a test may open more
        browser.close()


@pytest.fixture(scope="session")
def bbc_news() -> SampleTexts:
    return load_bbc_news()


@pytest.fixture(scope="module")
def make_stage(
    label_studio: Any, label_studio_sdk: LabelStudio, bbc_news: SampleTexts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StageMaker]:
    """`make_stage(n_texts, n_chars=None, label_config=None)`: texts of BBC News, cut to their first characters."""
    with ExitStack() as stack:

        def make(n_texts: int, n_chars: int | None = None, label_config: str | None = None) -> Stage:
            samples = bbc_news.first(n_texts)
            samples = replace(samples, texts=tuple(text[:n_chars] for text in samples.texts))
            teacher = stack.enter_context(OpenAIServer(simulated_answers(samples)))
            return Stage(
                project_id=import_texts(label_studio_sdk, samples, label_config or samples.label_config),
                samples=samples,
                teacher=teacher,
                settings=common_settings(label_studio, teacher),
                folder=tmp_path_factory.mktemp("backend"),
                port=free_port(0),
                stack=stack,
            )

        yield make
