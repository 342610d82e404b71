"""How far student and LLM are to be believed: from people's labels, and before there are any from what is usual.

Few numbers are fitted, each with a prior, so that ten labels of people already change them and a thousand decide them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logit, softmax
from scipy.stats import beta, norm

from mraru.interfaces import Probabilities
from mraru.quality.posterior.posterior import (
    EASY_SHARE,
    LEAST_PROBABILITY,
    NOBODY,
    Columns,
    Numbers,
    Reliability,
    Statements,
    mix,
    taught,
)

SHARPNESS = np.exp(np.linspace(np.log(0.4), np.log(9.0), 11))
SLIPS = np.array([0.005, 0.02, 0.05, 0.1, 0.15, 0.22, 0.3, 0.4, 0.5, 0.6, 0.75])
ACCURACIES = np.linspace(0.02, 0.995, 40)  # of what the LLM's labels teach
MOST_TEXTS = 2000  # that are looked at; more would change nothing but the time
ROW_TEXTS = 16.0  # labels of people on a taught class that count as much as the overall accuracy
SUREST_SHARE = 0.05  # of the LLM's labels, where students are surest
MOST_SUREST = 60  # of these, however many there are
ALONE_TEXTS = 10.0  # labels of people by which the student's own word counts for half of what is fitted
SHARES = np.linspace(0.01, 0.99, 50)  # of the student's own word
N_STEPS = 10  # of expectation and maximization
TEMPERATURES = (-1.5, 1.5)  # bounds of the logarithm


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityPrior:
    """What is known before anybody has looked."""

    log_sharpness: tuple[float, float] = (0.1, 0.7)  # mean and standard deviation
    slip: tuple[float, float] = (1.0, 9.0)  # beta distribution
    accuracy: tuple[float, float] = (18.0, 1.5)  # beta distribution, of what the labels teach
    row_texts: float = ROW_TEXTS
    alone: tuple[float, float] = (1.0, 1.5)  # beta distribution, of how far the student is believed by itself
    log_temperature: float = 0.3  # standard deviation
    teacher_texts: float = 20.0  # of people's labels as much the LLM's own labels count for, before there are any
    teacher_texts_per_label: float = 0.5  # and for how many more with each label of people


def fit_reliability(said: Statements, weights: Numbers, prior: ReliabilityPrior) -> Reliability:
    """Fit all numbers: sharpness, slip and overall accuracy on a grid, then the classes' rows, then the rest.

    Args:
        said: of the texts that LLM or people have labelled. People's labels are taken for the truth.
        weights: of people's labels, shape `(n_texts,)`; where there is none it does not matter.
        prior: what is known of such teachers.

    >>> from mraru.quality.posterior.posterior import posterior
    >>> said = Statements(
    ...     student=np.tile([0.9, 0.1], (40, 1)), heard=np.ones(40), teacher=np.full(40, NOBODY),
    ...     teacher_offset=np.zeros(40), people=np.array([0] * 20 + [1] * 20))
    >>> unseen = Statements(
    ...     student=np.array([[0.9, 0.1]]), heard=np.ones(1), teacher=np.array([NOBODY]), teacher_offset=np.zeros(1),
    ...     people=np.array([NOBODY]))
    >>> found = fit_reliability(said, np.ones(40), ReliabilityPrior())
    >>> bool(0.45 < posterior(unseen, found)[0, 0] < 0.6)  # right in half of the cases
    True
    """
    asked = _thin(np.flatnonzero(said.teacher != NOBODY))
    checked = _thin(np.flatnonzero((said.people != NOBODY) & (weights > 0)))
    of_teacher, of_people = said.take(asked), said.take(checked)
    sharpness, slip, accuracy = _fit_overall(of_teacher, of_people, weights[checked], prior)
    n_classes = said.student.shape[1]
    rows = np.full((n_classes, n_classes), (1 - accuracy) / max(1, n_classes - 1))
    np.fill_diagonal(rows, accuracy)
    if not len(checked) or n_classes < 2:
        return Reliability(sharpness=sharpness, slip=slip, truth=rows)
    opinions = taught(of_people, sharpness, slip)
    truth, shares = _fit_rows(opinions, of_people.people, weights[checked], rows, prior.row_texts)
    left_out = _leave_one_out(opinions, of_people.people, weights[checked], truth, shares, prior.row_texts)
    temperature = _fit_temperature(left_out, of_people.people, weights[checked], prior.log_temperature)
    left_out = softmax(np.log(left_out) / temperature, axis=1)
    alone = _fit_alone(left_out, of_people, weights[checked], prior.alone)
    return Reliability(sharpness=sharpness, slip=slip, truth=truth, temperature=temperature, alone=alone)


def posterior_left_out(
    said: Statements, weights: Numbers, reliability: Reliability, row_texts: float = ROW_TEXTS
) -> Probabilities:
    """What the posterior of people's texts would be, had people not said what their label is.

    Args:
        said: of texts that people have labelled and that `reliability` was fitted on.
        weights: of people's labels, as they were then, shape `(n_texts,)`.
        reliability: what was fitted.

    Returns:
        Shape `(n_texts, n_classes)`.
    """
    opinions = taught(said, reliability.sharpness, reliability.slip)
    shares = _count_shares(opinions, said.people, weights, reliability.truth)
    found = _leave_one_out(opinions, said.people, weights, reliability.truth, shares, row_texts)
    left_out: Probabilities = softmax(np.log(found) / reliability.temperature, axis=1)
    return mix(left_out, said, reliability.alone)


def _thin(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """At most `MOST_TEXTS` of these, evenly spread."""
    if len(rows) <= MOST_TEXTS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_TEXTS).astype(np.intp)]


def _fit_overall(
    of_teacher: Statements, of_people: Statements, weights: Numbers, prior: ReliabilityPrior
) -> tuple[float, float, float]:
    """Posterior means, on the scales of the priors, of sharpness, slip and accuracy."""
    n_differing, n_agreeing = _compare_surest(of_teacher)
    log_density = (
        norm.logpdf(np.log(SHARPNESS), *prior.log_sharpness)[:, None, None]
        + beta.logpdf(SLIPS, prior.slip[0] + n_differing, prior.slip[1] + n_agreeing)[None, :, None]
        + beta.logpdf(ACCURACIES, *prior.accuracy)[None, None, :]
    )
    n_classes = of_people.student.shape[1]
    n_texts = min(len(of_teacher.teacher), prior.teacher_texts + prior.teacher_texts_per_label * float(weights.sum()))
    for row, sharpness in enumerate(SHARPNESS):
        if len(of_teacher.teacher):
            log_density[row] += n_texts * _mean_log_likelihoods_of_labels(of_teacher, sharpness)[:, None]
        for column, slip in enumerate(SLIPS):
            if len(of_people.people):
                right = taught(of_people, sharpness, slip)[np.arange(len(weights)), of_people.people][:, None]
                likelihood = ACCURACIES * right + (1 - ACCURACIES) * (1 - right) / max(1, n_classes - 1)
                log_density[row, column] += weights @ np.log(np.maximum(likelihood, LEAST_PROBABILITY))
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    return (
        float(np.exp(density.sum((1, 2)) @ np.log(SHARPNESS))),
        float(expit(density.sum((0, 2)) @ logit(SLIPS))),
        float(density.sum((0, 1)) @ ACCURACIES),
    )


def _compare_surest(said: Statements) -> tuple[float, float]:
    """Where students are surest, how often the LLM names another label than they do, and how often the same.

    A student that is sure has learned what the LLM's labels teach: what differs there is the LLM's slip.
    """
    heard = np.flatnonzero(said.heard > 0)
    highest = said.student[heard].max(axis=1)
    surest = heard[np.argsort(-highest, kind="stable")[: round(SUREST_SHARE * len(heard))]]
    n_differing = int((said.student[surest].argmax(axis=1) != said.teacher[surest]).sum())
    scale = min(1.0, MOST_SUREST / max(1, len(surest)))
    return scale * n_differing, scale * (len(surest) - n_differing)


def _mean_log_likelihoods_of_labels(said: Statements, sharpness: float) -> Numbers:
    """Of the LLM's own labels, if the student alone says which class is taught; for each of `SLIPS`."""
    log_student = said.heard[:, None] * np.log(np.maximum(said.student, LEAST_PROBABILITY))
    opinions = softmax(sharpness * log_student, axis=1)
    errors = expit(logit(SLIPS)[:, None] - said.teacher_offset[None, :])
    n_classes = opinions.shape[1]
    own = opinions[np.arange(len(opinions)), said.teacher]
    top = opinions.argmax(axis=1)
    behind = opinions.copy()
    behind[np.arange(len(behind)), top] = -1.0
    is_second = behind.argmax(axis=1) == said.teacher  # then the likeliest class is the one mistaken for it
    easily = np.where(is_second, opinions.max(axis=1), 0.0)
    anywhere = (1 - own) / max(1, n_classes - 1)
    likelihoods = (1 - errors) * own + errors * (EASY_SHARE * easily + (1 - EASY_SHARE) * anywhere)
    means: Numbers = np.log(np.maximum(likelihoods, LEAST_PROBABILITY)).mean(axis=1)
    return means


def _fit_rows(
    opinions: Probabilities, people: Columns, weights: Numbers, rows: Probabilities, n_prior: float
) -> tuple[Probabilities, Probabilities]:
    """Of each taught class how often each class is true, drawn towards `rows` where people have seen few texts.

    Expectation and maximization under a Dirichlet prior; texts may be of several taught classes in part.

    Returns:
        The rows, and how far each checked text counted for each of them.
    """
    truth = rows
    shares = opinions
    for _ in range(N_STEPS):
        shares = _count_shares(opinions, people, weights, truth)
        counts = np.zeros_like(rows)
        np.add.at(counts.T, people, shares)
        truth = (n_prior * rows + counts) / (n_prior + counts.sum(axis=1))[:, None]
    return truth, shares


def _count_shares(opinions: Probabilities, people: Columns, weights: Numbers, truth: Probabilities) -> Probabilities:
    """How far each checked text counts for the row of each taught class."""
    shares = opinions * truth[:, people].T
    counted: Probabilities = (
        weights[:, None] * shares / np.maximum(shares.sum(axis=1, keepdims=True), LEAST_PROBABILITY)
    )
    return counted


def _leave_one_out(
    opinions: Probabilities,
    people: Columns,
    weights: Numbers,
    truth: Probabilities,
    shares: Probabilities,
    n_prior: float,
) -> Probabilities:
    """The posterior of each checked text by rows that have not counted it, shape `(n_checked, n_classes)`."""
    totals = n_prior + shares.sum(axis=0)  # of those that are given
    left = totals[None, :] - shares
    found = (opinions * totals / left) @ truth
    found[np.arange(len(people)), people] -= (opinions * shares / left).sum(axis=1)
    floored: Probabilities = np.maximum(found, LEAST_PROBABILITY)
    return floored


def _fit_alone(left_out: Probabilities, said: Statements, weights: Numbers, prior: tuple[float, float]) -> float:
    """How far the student by itself tells what people say: the posterior mean, less while few have said anything."""
    texts = np.arange(len(said.people))
    together, student = left_out[texts, said.people], said.student[texts, said.people]
    shares = SHARES[:, None] * said.heard[None, :]
    likelihoods = (1.0 - shares) * together + shares * student
    log_density = beta.logpdf(SHARES, *prior) + np.log(np.maximum(likelihoods, LEAST_PROBABILITY)) @ weights
    density = np.exp(log_density - log_density.max())
    n_texts = float(weights.sum())
    return float(density @ SHARES / density.sum()) * n_texts / (n_texts + ALONE_TEXTS)


def _fit_temperature(probabilities: Probabilities, people: Columns, weights: Numbers, spread: float) -> float:
    log_probabilities, texts = np.log(probabilities), np.arange(len(people))

    def loss(log_temperature: float) -> float:
        likelihood = log_softmax(log_probabilities / np.exp(log_temperature), axis=1)[texts, people]
        return float(0.5 * (log_temperature / spread) ** 2 - weights @ likelihood)

    found = minimize_scalar(loss, bounds=TEMPERATURES, method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))
