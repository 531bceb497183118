"""Families as scikit-learn classifiers."""

import inspect
import pickle
from collections.abc import Callable
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler
from sklearn.utils import estimator_checks

from bench.errors import SpaceError
from search_spaces.family import ImageTask

pytestmark = pytest.mark.usefixtures("keras_started")

TASK = ImageTask(image_shape=(6, 6, 1), classes=3, pixel_range=(0.0, 255.0))


@pytest.fixture
def make() -> Callable:
    from bench.searchers.sklearn import classifier

    def make(family: str = "dense", **options: object) -> BaseEstimator:
        return classifier(family, TASK, **({"epochs": 6, "units": 64} | options))

    return make


@pytest.fixture(scope="module")
def bright() -> tuple[np.ndarray, np.ndarray]:
    """90 images; the label, a word, names the bright part."""
    random = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = random.integers(0, 120, (90, 6, 6, 1), np.uint8)
    images[np.arange(90), 2 * labels] += 100
    return images, np.array(["top", "middle", "bottom"])[labels]


def test_is_a_classifier_to_scikit_learn(make) -> None:
    assert is_classifier(make())


def test_hyperparameters_are_parameters(make) -> None:
    model = make(dropout=0.4)
    assert model.get_params()["dropout"] == 0.4
    assert model.get_params()["kernel_initializer"] == "he_normal"
    assert "metrics" not in model.get_params()  # a parameter of scikeras alone
    assert clone(model.set_params(units=128)).get_params() == model.get_params()
    with pytest.raises(ValueError, match="dropuot"):
        model.set_params(dropuot=0.1)


def test_unknown_hyperparameter_is_refused_with_the_nearest(make) -> None:
    with pytest.raises(SpaceError, match="did you mean 'dropout'"):
        make(dropuot=0.1)


def test_it_learns_and_predicts_labels(make, bright) -> None:
    images, labels = bright
    model = make(epochs=20).fit(images, labels)
    assert list(model.classes_) == ["bottom", "middle", "top"]
    assert model.score(images, labels) > 0.9
    probabilities = model.predict_proba(images)
    assert probabilities.shape == (90, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    predicted = model.classes_[probabilities.argmax(axis=1)]
    assert (predicted == model.predict(images)).all()


def test_two_classes_with_one_output_have_two_probabilities(bright) -> None:
    from bench.searchers.sklearn import classifier

    images, labels = bright
    is_used = labels != "top"
    task = ImageTask(image_shape=(6, 6, 1), classes=2)
    model = classifier("linear", task, loss="bce", epochs=2).fit(
        images[is_used], labels[is_used]
    )
    assert model.model_.output_shape == (None, 1)
    assert model.predict_proba(images).shape == (90, 2)


@pytest.mark.slow
def test_same_seed_fits_the_same(make, bright) -> None:
    first, again, other = (
        make(epochs=2, random_state=seed).fit(*bright).predict_proba(bright[0])
        for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert not np.allclose(first, other)


def test_fitting_epoch_by_epoch_equals_fitting_at_once(make, bright) -> None:
    model = make(epochs=3, schedule="constant")
    fitted_at_once = make(epochs=3, schedule="constant").fit(*bright)
    for _ in range(3):
        model.partial_fit(*bright)
    losses, expected = model.history_["loss"], fitted_at_once.history_["loss"]
    assert len(losses) == 3
    assert np.allclose(losses, expected, rtol=1e-3)


def test_flattened_and_flat_grey_images_are_taken(make, bright) -> None:
    images, labels = bright
    expected = make().fit(images, labels).predict_proba(images)
    for shape in ((90, 36), (90, 6, 6)):
        flat = images.reshape(shape)
        assert np.allclose(make().fit(flat, labels).predict_proba(flat), expected)


def test_images_of_another_shape_are_refused(make, bright) -> None:
    with pytest.raises(ValueError, match=r"\(6, 6, 1\).*X has shape \(90, 5, 7, 1\)"):
        make().fit(np.zeros((90, 5, 7, 1)), bright[1])


# scikit-learn 1.5 warns so while it writes the table of its own search.
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.slow
def test_in_a_pipeline_under_cross_validation(make, bright) -> None:
    images, labels = bright
    pipeline = Pipeline(
        [
            ("flatten", FunctionTransformer(lambda images: images.reshape(-1, 36))),
            ("scale", MinMaxScaler((0, 255))),
            ("classify", make(epochs=40)),
        ]
    )
    scores = cross_val_score(pipeline, images, labels, cv=StratifiedKFold(3))
    assert scores.mean() > 0.6
    search = GridSearchCV(pipeline, {"classify__units": [64, 128]}, cv=3)
    assert set(search.fit(images, labels).best_params_) == {"classify__units"}


def test_fitted_classifier_survives_pickling(make, bright) -> None:
    model = make(epochs=1).fit(*bright)
    loaded = pickle.loads(pickle.dumps(model))
    assert np.allclose(loaded.predict_proba(bright[0]), model.predict_proba(bright[0]))


NOT_PASSED = {
    "check_parameters_default_constructible",  # a family and a task are required
    "check_no_attributes_set_in_init",  # **values are set as attributes
    "check_mixin_order",
    "check_n_features_in_after_fitting",  # scikeras words the message differently
    "check_supervised_y_2d",  # scikeras takes several outputs
}
"""Checks that fail in some version of scikit-learn; all but the first two because of
scikeras."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_checks_of_scikit_learn_pass() -> None:
    from bench.searchers.estimator import FamilyClassifier
    from bench.searchers.sklearn import classifier

    class OnTables(FamilyClassifier):
        """Takes each row of a table, as the checks use them, as an image."""

        @property
        def _image_task(self) -> ImageTask:
            pixels = getattr(self, "X_shape_", (0, 4))[1]
            return ImageTask(
                image_shape=(1, pixels, 1), classes=2, pixel_range=(-2.0, 2.0)
            )

    OnTables.__qualname__ = OnTables.__name__  # so that pickle finds it
    globals()[OnTables.__name__] = OnTables
    values = classifier("linear", TASK, optimizer="adam", learning_rate=1e-2)
    model = OnTables("linear", None, epochs=100, **values.hyperparameters)
    assert failed(model) <= NOT_PASSED


def failed(estimator: object) -> set[str]:
    """Names of scikit-learn's checks that an estimator fails."""
    check = estimator_checks.check_estimator
    if "on_fail" in inspect.signature(check).parameters:
        results = check(estimator, on_fail=None, on_skip=None)
        return {r["check_name"] for r in results if r["status"] == "failed"}
    names = set()
    for copy, run in check(estimator, generate_only=True):
        try:
            run(copy)
        except SkipTest:
            continue
        except Exception:
            names.add(getattr(run, "func", run).__name__)
    return names
