"""Chainlit's page as this app serves it: cleaned of outside addresses, packed, and changed where it draws too much.

`html` makes the page's HTML, `patches` the changes to its script, `build` a folder with both kinds of files ready to be
sent, `assets` sends them. Where the script is not the one that the changes were written for (another Chainlit), or the
setting `page_as_shipped` says so, the script is served as Chainlit ships it: slower, and everything works.
"""
