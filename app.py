"""The app as Chainlit serves it, by `playground` and by `chainlit run app.py` alike: wiring only."""

from chainlit.server import app

from playground.ui.install import install

install(app)
