// Texts in drawings whose contrast with what is behind them is less than 4.5 to 1.
const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

/** Red, green and blue of a colour over another one. */
function over(color, opacity, below) {
    canvas.globalAlpha = 1;
    canvas.fillStyle = below;
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = opacity;
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
}

function luminance(color) {
    const [red, green, blue] = color.match(/\d+/g).map((part) => {
        const value = part / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}

const page = getComputedStyle(document.querySelector('.page-wrapper')).backgroundColor;
const faint = [];
for (const text of document.querySelectorAll('figure.schedule svg text')) {
    const box = text.getBoundingClientRect();
    const [x, y] = [box.left + 1, (box.top + box.bottom) / 2];
    let below = page;
    for (const shade of text.ownerSVGElement.querySelectorAll('rect')) {
        const { left, right, top, bottom } = shade.getBoundingClientRect();
        if (left <= x && x <= right && top <= y && y <= bottom) {
            const { fill, opacity } = getComputedStyle(shade);
            below = over(fill, opacity, below);
        }
    }
    const { fill, fillOpacity, opacity } = getComputedStyle(text);
    const ratio = contrast(over(fill, fillOpacity * opacity, below), below);
    if (ratio < 4.5) {
        faint.push(`${ratio.toFixed(2)}: ${text.textContent}`);
    }
}
return faint;
