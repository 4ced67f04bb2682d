"use strict";

// Shows the API's document; a request that is tried goes out as whoever is signed in here.
(() => {
  const place = document.getElementById("reference");
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const dress = () => {
    const mode = root.dataset.theme;
    root.classList.toggle("dark-mode", mode === "dark" || (mode === "auto" && system.matches));
  };
  dress();
  system.addEventListener("change", dress);
  addEventListener("themechange", dress);

  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    validatorUrl: null,
    requestInterceptor(request) {
      if (new URL(request.url, document.baseURI).origin === location.origin) {
        request.headers["X-CSRFToken"] = place.dataset.csrf;
      }
      return request;
    },
  });
})();
