/**
 * Colours that everybody can tell apart: for names those of M. Okabe and K. Ito (2008), for numbers viridis (S. van der
 * Walt and N. Smith, 2015) and, about a middle, blue through white to vermilion.
 */

/** A colour as `[red, green, blue]`, each 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** Colours of series and classes, in the order they are taken. */
export const palette: readonly string[] = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#f0e442',
]

/** What numbers are coloured by: from little to much, or about zero. */
export type Ramp = 'sequential' | 'diverging' | 'grey'

/** Colours at equal distances along each ramp. */
export const ramps: Readonly<Record<Ramp, readonly string[]>> = {
  sequential: [
    '#440154',
    '#482878',
    '#3e4989',
    '#31688e',
    '#26828e',
    '#1f9e89',
    '#35b779',
    '#6ece58',
    '#b5de2b',
    '#fde725',
  ],
  diverging: ['#004b7c', '#0072b2', '#7fb8d8', '#f7f7f7', '#f0b28a', '#d55e00', '#8a3c00'],
  grey: ['#ffffff', '#000000'],
}

/** A colour's numbers, from `#rrggbb`. */
export const rgbOf = (hex: string): Rgb => {
  const n = Number.parseInt(hex.slice(1), 16)
  return [n >> 16, (n >> 8) & 255, n & 255]
}

/** Between two colours: `from` at 0, `to` at 1. */
export const blend = (from: Rgb, to: Rgb, t: number): Rgb => [
  Math.round(from[0] + t * (to[0] - from[0])),
  Math.round(from[1] + t * (to[1] - from[1])),
  Math.round(from[2] + t * (to[2] - from[2])),
]

/** The colour at a place of a ramp, 0 to 1; beyond it, that of the end. A place that is no number is light grey. */
export const colourAt = (ramp: Ramp, place: number): Rgb => {
  if (Number.isNaN(place)) return [221, 221, 221]
  const stops = ramps[ramp]
  const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1)
  const i = Math.min(Math.floor(at), stops.length - 2)
  return blend(rgbOf(stops[i] as string), rgbOf(stops[i + 1] as string), at - i)
}

/** The colour of the i-th class. */
export const colourOf = (i: number): string => palette[i % palette.length] as string

/** Black or white, whichever is read more easily on a colour. */
export const inkOn = ([r, g, b]: Rgb): string => (0.299 * r + 0.587 * g + 0.114 * b > 140 ? '#000000' : '#ffffff')
