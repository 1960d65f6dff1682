// Sends the answer on its way; the button does the same where scripts are off.
document.getElementById("answer").submit();
