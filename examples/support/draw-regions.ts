/** Linear regions as a picture: a colour for each polygon, which neighbours tell apart. */
import type { Picture } from 'lanac/plot'

/** Polygons of a square, drawn under a title. */
export const drawRegions = (
  polygons: readonly (readonly (readonly [number, number])[])[],
  [from, to]: readonly [number, number],
  title: string,
): Picture => {
  const [side, left, top] = [300, 50, 56]
  const place = (v: number): number => ((v - from) / (to - from)) * side
  // light colours at angles of the golden section: neighbours in the list are far apart
  const fill = (i: number): string => `hsl(${((i * 137.508) % 360).toFixed(0)}, 60%, ${72 + (i % 3) * 7}%)`
  const shapes = polygons.map(
    (p, i) =>
      `<polygon points="${p.map(([x, y]) => `${place(x).toFixed(2)},${(side - place(y)).toFixed(2)}`).join(' ')}" fill="${fill(i)}" stroke="#444444" stroke-width="0.5"/>`,
  )
  const ticks = [from, (from + to) / 2, to].flatMap((v) => [
    `<text x="${place(v)}" y="${side + 18}" text-anchor="middle">${v}</text>`,
    `<text x="-8" y="${side - place(v) + 4}" text-anchor="end">${v}</text>`,
  ])
  const [width, height] = [left + side + 60, top + side + 60]
  return {
    svg: () =>
      Promise.resolve(
        [
          `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, Liberation Sans, sans-serif" font-size="12">`,
          `<rect width="${width}" height="${height}" fill="white"/>`,
          `<text x="14" y="30" font-size="15" font-weight="bold">${title}</text>`,
          `<g transform="translate(${left} ${top})">`,
          ...shapes,
          ...ticks,
          `<text x="${side / 2}" y="${side + 40}" text-anchor="middle" font-size="13">x1</text>`,
          `<text transform="translate(-34 ${side / 2}) rotate(-90)" text-anchor="middle" font-size="13">x2</text>`,
          '</g></svg>',
        ].join('\n'),
      ),
  }
}
