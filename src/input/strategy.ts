/**
 * Strategies: the one shape of everything a user can choose by `kind` (an arrival process, a rate limit, a step-time
 * model distribution). A strategy is one value; a family is a list of them. From that list come the configuration type,
 * validation, JSON Schema, error texts and what `fleetyield list` shows. Nothing here knows any particular family.
 */
import { Type, type Static, type TProperties, type TSchema, type TUnsafe } from 'typebox';
import { defaulted, Fields } from './schema.ts';
import type { Defaulted, Written, WrittenFields } from './written.ts';

/** A choice with its parameters. `Environment` is what it is built with beside them, `Product` what it becomes. */
export interface Strategy<Kind extends string, Parameters extends TProperties, Environment, Product> {
  readonly kind: Kind;
  /** One sentence for `fleetyield list` and the JSON Schema. */
  readonly summary: string;
  /** Schemas of its parameters, `kind` apart. */
  readonly parameters: Parameters;
  /** An example as written in a scenario file. */
  readonly example: object;
  create(parameters: StaticProperties<Parameters>, environment: Environment): Product;
}

type StaticProperties<P extends TProperties> = Static<ReturnType<typeof Type.Object<P>>>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a list holds strategies of different parameters
export type AnyStrategy = Strategy<string, any, any, any>;

/** What a user writes to choose a strategy: its kind beside its parameters, after reading. */
export type Choice<S extends AnyStrategy> =
  S extends Strategy<infer Kind, infer P, infer _E, infer _T>
    ? { readonly kind: Kind } & StaticProperties<P>
    : never;

/** What a user writes to choose a strategy, before reading. Beside a preset, which fills them in, all keys are optional. */
export type WrittenChoice<S extends AnyStrategy> =
  S extends Strategy<infer Kind, infer P, infer _E, infer _T>
    ? P extends { readonly preset: TSchema }
      ? { readonly kind: Kind } & (
          WrittenFields<P> | ({ readonly preset: string } & Partial<WrittenFields<Omit<P, 'preset'>>>)
        )
      : { readonly kind: Kind } & WrittenFields<P>
    : never;

/** The choice among a family's strategies, as a type. */
export type ChoiceOf<F> = F extends Family<infer S> ? Choice<S> : never;

type EnvironmentOf<S> = S extends Strategy<string, infer _P, infer E, infer _T> ? E : never;
type ProductOf<S> = S extends Strategy<string, infer _P, infer _E, infer T> ? T : never;

/**
 * Declares the shape of a family's members. Written once per family:
 * `export const arrivals = strategiesOf<Environment, ArrivalProcess>();` and used by each member.
 */
export const strategiesOf =
  <Environment, Product>() =>
  <const Kind extends string, const P extends TProperties>(
    strategy: Strategy<Kind, P, Environment, Product>,
  ): Strategy<Kind, P, Environment, Product> =>
    strategy;

/** What members of a family say of themselves to shared code: each a value, or how it follows from the parameters. */
export type Declarations<D, P extends TProperties> = {
  readonly [K in keyof D]: D[K] | ((parameters: StaticProperties<P>) => D[K]);
};

/**
 * As `strategiesOf`, for a family of which shared code asks more than to be created: no member can leave an answer out,
 * and shared code asks for no kind.
 */
export const declaringStrategiesOf =
  <Environment, Product, D extends object>() =>
  <const Kind extends string, const P extends TProperties>(
    strategy: Strategy<Kind, P, Environment, Product> & { readonly declares: Declarations<D, P> },
  ): Strategy<Kind, P, Environment, Product> & { readonly declares: Declarations<D, P> } =>
    strategy;

type DeclaredBy<S> = S extends { readonly declares: infer D } ? D : never;
type ValueOf<Declared> = Declared extends (parameters: never) => infer Value ? Value : Declared;

/** The key under which a choice carries a strategy that its family does not have: a plugin's. Never written or stored. */
const OWN_STRATEGY = Symbol('strategy');

type Parameters = Readonly<Record<string, unknown>>;

/** What a choice is after reading, with the strategy that it carries. */
interface Chosen {
  readonly kind: string;
  readonly [OWN_STRATEGY]?: AnyStrategy;
}

/** Lets a choice be made into a strategy that its family does not have. */
export function bindStrategy(choice: object, strategy: AnyStrategy): void {
  // Enumerable, so that a copy of the choice carries it too; JSON leaves symbols out.
  Object.defineProperty(choice, OWN_STRATEGY, { value: strategy, enumerable: true });
}

const isFunction = <V>(
  declared: V | ((parameters: Parameters) => V),
): declared is (parameters: Parameters) => V => typeof declared === 'function';

/** The strategies of one family, in the order in which `list` shows them. */
export class Family<S extends AnyStrategy> {
  /** What one member is called in messages: `rate limit`. */
  readonly noun: string;
  /** One sentence: what the members decide. */
  readonly summary: string;
  readonly strategies: readonly S[];
  /** Accepts any member; its static type is the union of the members' choices. */
  readonly schema: TUnsafe<Choice<S>> & Written<WrittenChoice<S>>;

  constructor(noun: string, summary: string, strategies: readonly S[]) {
    this.noun = noun;
    this.summary = summary;
    this.strategies = strategies;
    this.schema = Type.Unsafe<Choice<S>>({
      type: 'object',
      noun,
      summary,
      discriminator: { propertyName: 'kind' },
      required: ['kind'],
      oneOf: strategies.map((strategy) => memberSchema(strategy)),
    }) as TUnsafe<Choice<S>> & Written<WrittenChoice<S>>;
  }

  /** Builds the chosen member. */
  create(choice: Choice<S>, environment: EnvironmentOf<S>): ProductOf<S> {
    const { strategy, parameters } = this.chosen(choice as Chosen);
    return strategy.create(parameters, environment) as ProductOf<S>;
  }

  /** What the chosen member declares of itself under a key. */
  declared<K extends keyof DeclaredBy<S>>(choice: Choice<S>, key: K): ValueOf<DeclaredBy<S>[K]> {
    const { strategy, parameters } = this.chosen(choice as Chosen);
    const { declares } = strategy as AnyStrategy & { readonly declares: Readonly<Record<K, unknown>> };
    const declared = declares[key] as
      ValueOf<DeclaredBy<S>[K]> | ((parameters: Parameters) => ValueOf<DeclaredBy<S>[K]>);
    return isFunction(declared) ? declared(parameters) : declared;
  }

  private chosen({ kind, [OWN_STRATEGY]: own, ...parameters }: Chosen): {
    readonly strategy: AnyStrategy;
    readonly parameters: Parameters;
  } {
    const strategy = own ?? this.strategies.find((candidate) => candidate.kind === kind);
    if (strategy === undefined) throw new RangeError(`unknown ${this.noun} "${kind}"`);
    return { strategy, parameters };
  }
}

/** A family's schema with the member that is meant when the key is left out. */
export const withDefault = <S extends TSchema>(
  { schema }: { readonly schema: S },
  choice: object,
): S & Defaulted => defaulted({ ...schema, default: choice });

/** A family's schema with a description of what is chosen in one place. */
export const described = <S extends TSchema>({ schema }: { readonly schema: S }, description: string): S => ({
  ...schema,
  description,
});

/** The schema of the choice of one strategy: its kind beside its parameters. */
export function memberSchema(strategy: AnyStrategy): TSchema {
  return Fields(
    { kind: Type.Literal(strategy.kind), ...(strategy.parameters as TProperties) },
    { description: strategy.summary, examples: [strategy.example] },
  );
}
