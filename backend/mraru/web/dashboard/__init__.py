"""The dashboard under /dashboard/: pages for people, drawn from the store by `dash`.

`mounting` puts it on the application, `shell` is what stands around every page, `pages` holds one module a page, and
`callbacks` says what the browser may ask for. Nothing is loaded from another host.
"""
