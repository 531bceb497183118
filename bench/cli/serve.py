"""The command that serves a study's models over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.cli import parameters
from bench.cli.models import Seed, Study, selected, start_keras
from bench.text import check_written, complain, say


def serve(
    study: Study,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; 0 for any that is free.")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; others than this machine may ask."),
    ] = "127.0.0.1",
    seed: Seed = None,
    results: parameters.Results = Path("results"),
) -> None:
    """Serve predictions over HTTP, with a page to drop an image on.

    POST /predict takes an image as the body or as a multipart file, and answers with
    JSON. Ends with Ctrl-C.
    """
    from bench.web import extra

    extra.check("serve")
    chosen = selected(study, results, with_ensembles=True)
    from bench.web import server

    with server.listen(host, port) as listening:
        start_keras()
        from bench.models.loading import classifiers
        from bench.models.serve.application import application
        from bench.models.serve.predictor import Predictor

        ensemble = classifiers(results, chosen, seed)
        predictor = Predictor(name=chosen.name, ensemble=ensemble)
        predictor.warm_up()
        if not server.is_local(host):
            complain("any machine that reaches this one may use the models")
        say(f"{chosen.name}: {server.address(listening)} (Ctrl-C ends it)")
        check_written()
        server.run(application(predictor, server.allowed_hosts(host)), listening)
