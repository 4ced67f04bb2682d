// The one place where markup is put into a page: a part that the server rendered and escaped.

/**
 * Fetch the part that an element names in data-url. What is returned puts it into the element;
 * an answer that is no part (an error, or the page of somebody signed out) is an error here.
 */
export async function fetchPart(element) {
  const response = await fetch(element.dataset.url, { headers: { Accept: "text/html" } });
  if (response.redirected) location.reload(); // signed out meanwhile
  if (!response.ok || response.redirected) throw new Error(`status ${response.status}`);
  const text = await response.text();
  return () => {
    element.innerHTML = text;
  };
}
