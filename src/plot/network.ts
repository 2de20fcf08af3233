/** Fully connected networks as people draw them: a circle for a unit, a column for a layer. */
import { escape, type Picture, svgOf } from './picture.js'

/** What is written at a network. */
export interface NetworkOptions {
  readonly title?: string
  /** Below each column: `x`, `h1`, …. */
  readonly names?: readonly string[]
  /** Between the columns: the parameters that join them. */
  readonly joints?: readonly string[]
}

const COLUMN = 140
const ROW = 34
const RADIUS = 11
const MOST = 12

/** A network of these widths, the first that of its input; of a wide layer the first units are drawn. */
export const network = (widths: readonly number[], options: NetworkOptions = {}): Picture => ({
  svg: () => {
    const tallest = Math.min(MOST, Math.max(...widths))
    const head = options.title === undefined ? 16 : 50
    const width = 110 + (widths.length - 1) * COLUMN
    const height = head + tallest * ROW + 64
    const x = (l: number): number => 55 + l * COLUMN
    const count = (l: number): number => Math.min(MOST, widths[l] as number)
    const y = (l: number, i: number): number => head + (tallest * ROW) / 2 + (i - (count(l) - 1) / 2) * ROW
    const units = (l: number): readonly number[] => Array.from({ length: count(l) }, (_, i) => i)
    const edges = widths
      .slice(1)
      .flatMap((_, l) =>
        units(l).flatMap((i) =>
          units(l + 1).map((j) => `<line x1="${x(l)}" y1="${y(l, i)}" x2="${x(l + 1)}" y2="${y(l + 1, j)}"/>`),
        ),
      )
    const fill = (l: number): string => (l === 0 ? '#d6e9f5' : l === widths.length - 1 ? '#fbe3cf' : '#ffffff')
    const line = (l: number): string => (l === 0 ? '#0072b2' : l === widths.length - 1 ? '#d55e00' : '#444444')
    const circles = widths.flatMap((_, l) =>
      units(l).map(
        (i) =>
          `<circle cx="${x(l)}" cy="${y(l, i)}" r="${RADIUS}" fill="${fill(l)}" stroke="${line(l)}" stroke-width="1.6"/>`,
      ),
    )
    const bottom = head + tallest * ROW + 22
    const middle = (at: number, down: number, size: number, text: string, colour = '#000000'): string =>
      `<text x="${at}" y="${bottom + down}" text-anchor="middle" font-size="${size}" fill="${colour}">${escape(text)}</text>`
    const captions = widths.flatMap((n, l) => [
      middle(x(l), 0, 14, options.names?.[l] ?? (l === 0 ? 'x' : l === widths.length - 1 ? 'y' : `h${l}`)),
      middle(x(l), 17, 11, `${n} ${n === 1 ? 'unit' : 'units'}`, '#555555'),
    ])
    const joints = (options.joints ?? []).map((text, l) => middle((x(l) + x(l + 1)) / 2, 34, 11, text, '#555555'))
    const title =
      options.title === undefined
        ? ''
        : `<text x="20" y="30" font-size="16" font-weight="bold">${escape(options.title)}</text>`
    return Promise.resolve(
      svgOf(
        Math.max(width, options.title === undefined ? 0 : 40 + 8.6 * options.title.length),
        height,
        [
          title,
          `<g stroke="#999999" stroke-width="0.7">${edges.join('')}</g>`,
          ...circles,
          ...captions,
          ...joints,
        ].join('\n'),
      ),
    )
  },
})
