"""Estimators on small data, each on one thread."""

from __future__ import annotations

from typing import Any

import pytest
from planting import planted
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Any:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def data() -> tuple[Any, Any]:
    """3,000 rows of two classes."""
    rows, classes = make_classification(3_000, 40, n_informative=12, random_state=0)
    return rows, classes


ESTIMATORS: dict[str, Any] = {
    "logistic": LogisticRegression(max_iter=4_000, tol=1e-9),
    "forest": RandomForestClassifier(20, random_state=0),
    "kmeans": KMeans(12, n_init=8, random_state=0),
    "pca": PCA(8, random_state=0),
    "scaler": StandardScaler(),
    "tree": DecisionTreeClassifier(random_state=0),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_fit(name: str, data: tuple[Any, Any]) -> None:
    planted(lambda: ESTIMATORS[name].fit(*data))


@pytest.mark.parametrize("rows", [20, 3_000])
def test_neighbours(rows: int, data: tuple[Any, Any]) -> None:
    planted(lambda: KNeighborsClassifier().fit(*data).predict(data[0][:rows]))
