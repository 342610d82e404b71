/* Pages without reloading, their titles and focus, and no questions while nobody looks. */
(function () {
    "use strict";
    var root = "/dashboard/";

    function isInner(link, event) {
        return link && link.origin === location.origin && link.pathname.indexOf(root) === 0 &&
            !link.target && !link.hasAttribute("download") && link.getAttribute("href").charAt(0) !== "#" &&
            event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    }

    document.addEventListener("click", function (event) {
        var link = event.target.closest ? event.target.closest("a[href]") : null;
        if (event.defaultPrevented || !isInner(link, event)) {
            return;
        }
        event.preventDefault();
        history.pushState({}, "", link.href);
        window.dispatchEvent(new PopStateEvent("popstate"));
    });

    /* dash calls its radio buttons a list box to screen readers: they are radio buttons, in a field set. */
    function mendRadios() {
        var wrong = ".radios[role], .radios label[role], .radios label[aria-selected]";
        document.querySelectorAll(wrong).forEach(function (element) {
            element.removeAttribute("role");
            element.removeAttribute("aria-selected");
        });
    }
    new MutationObserver(mendRadios).observe(document.documentElement, {
        childList: true, subtree: true, attributes: true, attributeFilter: ["role", "aria-selected"]
    });

    document.addEventListener("visibilitychange", function () {
        window.dash_clientside.set_props("tick", {disabled: document.hidden});
    });

    var last = null;
    window.dash_clientside = Object.assign({}, window.dash_clientside, {
        mraru: {
            /* After a page is drawn: its title, and the focus on it if the reader came from another one. */
            announce: function (title) {
                if (!title) {
                    return window.dash_clientside.no_update;
                }
                document.title = title.title;
                var here = title.page;
                var isFirst = last === null;
                if (last !== here && !(isFirst && !location.hash)) {
                    window.setTimeout(function () {
                        var anchor = location.hash && document.getElementById(location.hash.slice(1));
                        var target = anchor || document.getElementById("page");
                        if (anchor) {
                            anchor.tabIndex = -1;
                            anchor.scrollIntoView();
                        } else {
                            window.scrollTo(0, 0);
                        }
                        target.focus({preventScroll: true});
                    }, 0);
                }
                last = here;
                return here;
            }
        }
    });
})();
