/** Arguments to measure at: where a function is interesting, everywhere else, and the special ones. */

// ---------------------------------------------------------------------------------------------------------------- model

/** Random numbers in [0, 1). */
export type Random = () => number

const view = new DataView(new ArrayBuffer(8))

const anyDouble = (random: Random): number => {
  view.setUint32(0, random() * 2 ** 32)
  view.setUint32(4, random() * 2 ** 32)
  return view.getFloat64(0)
}

const logUniform = (random: Random, from: number, to: number): number =>
  Math.exp(Math.log(from) + random() * (Math.log(to) - Math.log(from)))

const either = (random: Random): number => (random() < 0.5 ? -1 : 1)

/** Near 0, of medium size, of any size and sign. */
const anywhere = (random: Random): number => {
  const kind = random()
  if (kind < 0.3) return either(random) * logUniform(random, 1e-10, 1e3)
  if (kind < 0.6) return 20 * (random() - 0.5)
  if (kind < 0.8) return 4 * (random() - 0.5)
  return anyDouble(random)
}

const within = (random: Random): number => {
  const kind = random()
  if (kind < 0.5) return 2 * random() - 1
  return either(random) * (kind < 0.75 ? logUniform(random, 1e-10, 1) : 1 - logUniform(random, 1e-10, 1))
}

const exponential = (random: Random): number => (random() < 0.5 ? 1480 * (random() - 0.5) : anywhere(random))

/** Positive, around 1 and 2, and of the moderately negative those that are not beside a pole. */
const gamma = (random: Random): number => {
  const kind = random()
  if (kind < 0.5) return logUniform(random, 1e-5, 1e4)
  if (kind < 0.7) return 0.5 + 2 * random()
  if (kind < 0.75) return logUniform(random, 1e-300, 1e300)
  return -Math.floor(50 * random()) - 0.01 - 0.98 * random()
}

const SAMPLES: Readonly<Record<string, (random: Random) => number>> = {
  exp: exponential,
  sinh: exponential,
  cosh: exponential,
  log: (random) => (random() < 0.5 ? Math.abs(anywhere(random)) : 1 + (random() - 0.5) * logUniform(random, 1e-8, 1)),
  log1p: (random) => (random() < 0.3 ? within(random) : anywhere(random)),
  asin: within,
  acos: within,
  atanh: within,
  acosh: (random) => 1 + (random() < 0.5 ? logUniform(random, 1e-10, 1) : logUniform(random, 1, 1e10)),
  erfc: (random) => (random() < 0.3 ? anywhere(random) : 30 * random() - 2),
  lgamma: gamma,
  digamma: gamma,
}

// -------------------------------------------------------------------------------------------------------------- running

/** An argument for a function. */
export const sample = (name: string, random: Random): number =>
  (SAMPLES[name] ?? (name.startsWith('polygamma') ? gamma : anywhere))(random)

/** Two arguments for a function of two. */
export const samplePair = (name: string, random: Random): readonly [number, number] => {
  if (name !== 'pow' || random() < 0.05) return [anywhere(random), anywhere(random)]
  const x = random() < 0.5 ? logUniform(random, 1e-3, 1e3) : Math.abs(anyDouble(random))
  const limit = 720 / Math.abs(Math.log(x))
  return [x, random() < 0.2 ? Math.round(20 * (random() - 0.5)) : 2 * (random() - 0.5) * (limit < 1e300 ? limit : 1)]
}

/** Zeros, infinities, NaN, the ends of the ranges, and where functions change their branch, sign or finiteness. */
export const SPECIAL: readonly number[] = [
  0,
  1,
  0.5,
  2,
  3,
  10,
  0.25,
  0.625,
  0.4375,
  0.6875,
  1.1875,
  2.4375,
  0.46875,
  0.17,
  5e-324,
  1e-323,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  1e-300,
  1e300,
  1.7976931348623157e308,
  1.401298464324817e-45,
  1.1754943508222875e-38,
  3.4028234663852886e38,
  709.782712893384,
  709.7827128933841,
  710.4758600739439,
  710.475860073944,
  745.1332191019411,
  745.1332191019412,
  708.3964185322641,
  88.72283172607422,
  88.72283935546875,
  87.33654022216797,
  103.97207641601562,
  103.97208404541016,
  1.4616321449683622,
  1.4616321449683625,
  2.4570247382208006,
  1.5,
  2.5,
  26.5,
  27.2,
  171.6,
  Math.PI / 2,
  Math.PI,
  Math.PI / 4,
  1e22,
  5.319372648326541e255,
  1647099.3291652855,
  1e5,
  1e-5,
  1e-8,
  2 ** -28,
  2 ** -30,
  2 ** -54,
  2 ** 53,
  2 ** 60,
  Number.POSITIVE_INFINITY,
  Number.NaN,
].flatMap((x) => [x, -x])
