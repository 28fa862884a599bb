"""What was found out of an endpoint is kept by model, for a while, and forgotten on request."""

from __future__ import annotations

from playground.core.learning import KEPT_SECONDS, MOST, Learned
from playground.core.payload import Dialect

TOP_K = {"refused": frozenset({"top_k"})}


def test_what_is_learned_comes_to_what_is_known_of_that_model_alone() -> None:
    learned = Learned()
    assert learned.dialect("m", 0.0) == Dialect()
    learned.learn("m", TOP_K, 1.0)
    learned.learn("m", {"usage": False, "refused": frozenset({"seed"})}, 2.0)
    assert learned.dialect("m", 3.0) == Dialect(usage=False, refused=frozenset({"top_k", "seed"}))
    assert learned.dialect("other", 3.0) == Dialect()


def test_after_a_while_it_is_found_out_anew() -> None:
    learned = Learned()
    learned.learn("m", TOP_K, 1.0)
    assert learned.dialect("m", KEPT_SECONDS).refused
    assert learned.dialect("m", KEPT_SECONDS + 1) == Dialect()


def test_it_is_forgotten_on_request_wholly_or_by_the_field() -> None:
    learned = Learned()
    for model in ("a", "b"):
        learned.learn(model, {"usage": False, "refused": frozenset({"top_k", "seed"})}, 0.0)
    learned.forget("a", "seed")
    assert learned.dialect("a", 1.0) == Dialect(usage=False, refused=frozenset({"top_k"}))
    assert learned.dialect("b", 1.0).refused == {"top_k", "seed"}
    learned.forget("b")
    learned.forget("unknown", "seed")
    assert learned.dialect("b", 1.0) == Dialect()
    learned.forget()
    assert learned.dialect("a", 1.0) == Dialect()


def test_of_many_models_the_one_learned_longest_ago_goes_first() -> None:
    learned = Learned()
    for number in range(MOST):
        learned.learn(str(number), TOP_K, 0.0)
    learned.learn("0", TOP_K, 1.0)
    learned.learn("one more", TOP_K, 2.0)
    assert not learned.dialect("1", 3.0).refused
    assert learned.dialect("0", 3.0).refused
