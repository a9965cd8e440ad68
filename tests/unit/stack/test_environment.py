"""What a local stack tells its processes."""
from pathlib import Path

from dispatch.stack.environment import FEW_ARENAS, local_environment


def test_processes_keep_what_is_compiled_even_where_the_machine_says_otherwise(tmp_path: Path) -> None:
    """A process that was killed would else compile its whole source again before it is back."""
    environment = local_environment(tmp_path, {"PYTHONDONTWRITEBYTECODE": "1", "LOG_LEVEL": "debug"})

    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["LOG_LEVEL"] == "debug"


def test_image_and_local_stack_ask_the_same_of_malloc() -> None:
    """A container would else hold twice the memory with a hundred riders on shift."""
    compose = (Path(__file__).parents[3] / "docker-compose.yml").read_text()

    assert all(f" {name}={value}" in compose for name, value in FEW_ARENAS.items())
