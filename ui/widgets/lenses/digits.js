// A row of digits with their words; a click opens one.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lens");
  const row = make("div", "row");
  for (const { number, words, png } of data.digits) {
    const button = make("button", "digit");
    button.type = "button";
    button.title = `Open test digit ${number.toLocaleString("en")}`;
    const picture = make("img");
    picture.src = `data:image/png;base64,${png}`;
    picture.alt = `Test digit ${number}: ${words}`;
    picture.width = data.side;
    button.append(picture, make("span", "", words));
    button.addEventListener("click", () => setTriggerValue("opened", number));
    row.append(button);
  }
  root.replaceChildren(row);
}
