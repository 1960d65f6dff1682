// Posts the request at once. Without this file the button does the same.
document.querySelector("form[data-post-now]").submit();
