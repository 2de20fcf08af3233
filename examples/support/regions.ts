/** The linear regions of a ReLU network of points in the plane, exactly: polygons, cut by one unit after the other. */
import { add, matmul, relu, type Tensor, tensor, toArray } from 'lanac'

type Point = readonly [number, number]

/** A function a·x + b·y + c on the plane. */
type Line = readonly [a: number, b: number, c: number]

/** A region, and what the units of the layer before are on it. */
interface Region {
  readonly polygon: readonly Point[]
  readonly inputs: readonly Line[]
}

/** Weights [in, out] and bias [out] of a layer. */
export interface Layer {
  readonly w: Tensor
  readonly b: Tensor
}

const value = ([a, b, c]: Line, [x, y]: Point): number => a * x + b * y + c

/** The part of a polygon where a line is above (sign 1) or below (−1) zero. */
const cut = (polygon: readonly Point[], line: Line, sign: 1 | -1): readonly Point[] =>
  polygon.flatMap((p, i): readonly Point[] => {
    const q = polygon[(i + 1) % polygon.length] as Point
    const [u, v] = [sign * value(line, p), sign * value(line, q)]
    const crossing: readonly Point[] =
      u * v < 0 ? [[p[0] + (u / (u - v)) * (q[0] - p[0]), p[1] + (u / (u - v)) * (q[1] - p[1])]] : []
    return u >= 0 ? [p, ...crossing] : crossing
  })

/** Twice the area; cuts along an edge leave nothing. */
const area = (polygon: readonly Point[]): number =>
  Math.abs(
    polygon.reduce((s, p, i) => {
      const q = polygon[(i + 1) % polygon.length] as Point
      return s + p[0] * q[1] - q[0] * p[1]
    }, 0),
  )

/** The middle of a polygon's corners, which lies in it where it is convex. */
export const centre = (polygon: readonly Point[]): Point => [
  polygon.reduce((s, p) => s + p[0], 0) / polygon.length,
  polygon.reduce((s, p) => s + p[1], 0) / polygon.length,
]

/** Σ wᵢ·inputᵢ + b for each unit. */
const units = (layer: Layer, inputs: readonly Line[]): readonly Line[] => {
  const w = toArray(layer.w) as unknown as readonly (readonly number[])[]
  const b = toArray(layer.b) as unknown as readonly number[]
  return b.map((bias, j): Line => {
    const part = (k: 0 | 1 | 2): number => inputs.reduce((s, line, i) => s + (w[i]?.[j] as number) * line[k], 0)
    return [part(0), part(1), part(2) + bias]
  })
}

/** The polygons of a square on each of which the network of these hidden layers is one linear function. */
export const regionsOf = (
  hidden: readonly Layer[],
  [from, to]: readonly [number, number],
): readonly (readonly Point[])[] => {
  const whole: Region = {
    polygon: [[from, from], [to, from], [to, to], [from, to]], // biome-ignore format: corners
    inputs: [[1, 0, 0], [0, 1, 0]], // biome-ignore format: x and y
  }
  let regions: readonly Region[] = [whole]
  for (const layer of hidden)
    regions = regions.flatMap(({ polygon, inputs }) => {
      const lines = units(layer, inputs)
      const pieces = lines.reduce<readonly (readonly Point[])[]>(
        (all, line) =>
          all.flatMap((p) => [cut(p, line, 1), cut(p, line, -1)].filter((q) => q.length > 2 && area(q) > 1e-12)),
        [polygon],
      )
      return pieces.map((piece) => ({
        polygon: piece,
        inputs: lines.map((line): Line => (value(line, centre(piece)) > 0 ? line : [0, 0, 0])),
      }))
    })
  return regions.map((r) => r.polygon)
}

/** Which units are active at points, layer by layer: what tells linear regions apart. */
export const activationPatterns = (
  hidden: readonly Layer[],
  points: readonly (readonly number[])[],
): ReadonlySet<string> => {
  const rows = points.map(() => '')
  let h = tensor(points as number[][]) as unknown as Tensor
  for (const { w, b } of hidden) {
    h = relu(add(matmul(h, w), b))
    for (const [i, row] of (toArray(h) as unknown as number[][]).entries())
      rows[i] += row.map((v) => (v > 0 ? 1 : 0)).join('')
  }
  return new Set(rows)
}
