/**
 * Pictures: values that can be drawn, as SVG and from that as PNG. Making one computes nothing but what it shows, and saves
 * nothing anywhere.
 */
import { peer } from './peer.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A picture. */
export interface Picture {
  /** The picture as the text of an SVG file. @throws PeerError when the library that draws it is not installed */
  readonly svg: () => Promise<string>
}

/** How to make an image of a picture. */
export interface PngOptions {
  /** Pixels for each unit of the picture, 2 unless named. */
  readonly scale?: number
}

/** How pictures stand on a sheet. */
export interface SheetOptions {
  /** Pictures in a row; all of them unless named. */
  readonly columns?: number
  readonly title?: string
  readonly gap?: number
}

// -------------------------------------------------------------------------------------------------------------- helpers

/** What text is set in: the first of these there is. */
export const FONT = 'Helvetica, Arial, Liberation Sans, sans-serif'

/** A text as it stands in XML. */
export const escape = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

/** An SVG file of a size. */
export const svgOf = (width: number, height: number, body: string): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    body,
    '</svg>\n',
  ].join('\n')

interface Drawn {
  readonly width: number
  readonly height: number
  readonly text: string
}

/** A drawn picture without what only a file of its own may have, its size in units, and its names made its own. */
const drawn = (svg: string, index: number): Drawn => {
  const open = svg.indexOf('<svg')
  const text = svg
    .slice(open)
    .replace(/\bid="([^"]*)"/g, `id="p${index}-$1"`)
    .replace(/url\(#([^)]*)\)/g, `url(#p${index}-$1)`)
    .replace(/href="#([^"]*)"/g, `href="#p${index}-$1"`)
  const size = (name: string): number => {
    const [, number, unit] = new RegExp(`\\b${name}="([0-9.]+)(pt|px)?"`).exec(text.slice(0, text.indexOf('>'))) ?? []
    return Math.ceil(Number(number ?? 100) * (unit === 'pt' ? 4 / 3 : 1))
  }
  return { width: size('width'), height: size('height'), text }
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Several pictures on one sheet, row by row. */
export const sheet = (pictures: readonly Picture[], options: SheetOptions = {}): Picture => ({
  svg: async () => {
    const { columns = pictures.length, title, gap = 12 } = options
    const all = (await Promise.all(pictures.map((p) => p.svg()))).map(drawn)
    const rows = Array.from({ length: Math.ceil(all.length / columns) }, (_, r) =>
      all.slice(r * columns, (r + 1) * columns),
    )
    const widths = rows.map((row) => row.map((d) => d.width))
    const heights = rows.map((row) => Math.max(...row.map((d) => d.height)))
    const head = title === undefined ? 0 : 44
    const before = (sizes: readonly number[], i: number): number => sizes.slice(0, i).reduce((n, s) => n + s + gap, gap)
    const body = rows.flatMap((row, r) =>
      row.map((d, c) => {
        const x = before(widths[r] as readonly number[], c)
        const y = head + before(heights, r)
        return d.text
          .replace('<svg', `<svg x="${x}" y="${y}"`)
          .replace(/(width|height)="([0-9.]+)pt"/g, (_, n, v) => `${n}="${(Number(v) * 4) / 3}"`)
      }),
    )
    const heading =
      title === undefined ? '' : `<text x="${gap + 8}" y="34" font-size="18" font-weight="bold">${escape(title)}</text>`
    const width = Math.max(...widths.map((row) => before(row, row.length)))
    return svgOf(width, head + before(heights, rows.length), [heading, ...body].join('\n'))
  },
})

// -------------------------------------------------------------------------------------------------------------- running

/** A library of native code: its name is a variable, so that bundlers for browsers leave it alone. */
const resvg = (): Promise<typeof import('@resvg/resvg-js')> => {
  const name = '@resvg/resvg-js'
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name)
}

/**
 * A picture as a PNG image, drawn by @resvg/resvg-js (Node).
 *
 * @throws PeerError when that or the picture's library is not installed
 */
export const png = async (picture: Picture, options: PngOptions = {}): Promise<Uint8Array> => {
  const { Resvg } = await peer('png', '@resvg/resvg-js', resvg)
  // the renderer knows the older word for images whose points stay sharp
  const svg = (await picture.svg()).replace(/style="image-rendering:pixelated"/g, 'image-rendering="optimizeSpeed"')
  const image = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: options.scale ?? 2 },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' },
  })
  return Uint8Array.from(image.render().asPng())
}
