export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** How the worker logs in at a Kafka broker. */
export interface KafkaLogin {
  readonly mechanism: (typeof saslMechanisms)[number];
  readonly username: string;
  readonly password: string;
}

/** Where record events go. */
export type Broker =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'kafka';
      /** Addresses with ports. */
      readonly brokers: readonly string[];
      readonly tls?: boolean;
      readonly sasl?: KafkaLogin;
    }
  | { readonly kind: 'redis'; readonly url: string; readonly maxStreamLength: number };
