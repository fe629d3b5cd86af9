// A row of test digits, or pictures, with captions; a click opens one.

export default function ({ data, parentElement, setTriggerValue }) {
  const buttons = data.digits.map(({ number, words, png }) => {
    const image = Object.assign(make("img"), {
      src: `data:image/png;base64,${png}`, alt: `Test ${data.noun} ${number}: ${words}`, width: data.side,
    });
    const title = `Open test ${data.noun} ${number.toLocaleString("en")}`;
    const digit = button("", () => setTriggerValue("opened", number), { name: "digit", title });
    digit.append(image, make("span", "", words));
    return digit;
  });
  const digits = row(...buttons);
  walkButtons(digits);
  fill(parentElement.querySelector(".lens"), digits);
}
