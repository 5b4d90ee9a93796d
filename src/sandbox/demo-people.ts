import type { Dice } from './demo-dice.js';

/** Somebody the demo has made up. Numbers lie in ranges that are in use, because others count as no number; none of them leaves this machine. */
export interface DemoPerson {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** E.164 with plus. */
  readonly phone: string;
  /** As the person has written it into the checkout. */
  readonly typedPhone: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
}

interface Land {
  readonly country: string;
  /** Of a hundred people. */
  readonly share: number;
  /** Country code and the beginning of a mobile number, then how many digits follow. */
  readonly code: string;
  readonly begins: string;
  readonly digits: number;
  /** What stands before the number when it is dialled inside the country. */
  readonly trunk: string;
  readonly firstNames: readonly [string, ...string[]];
  readonly lastNames: readonly [string, ...string[]];
}

const LANDS: readonly [Land, ...Land[]] = [
  {
    country: 'ES',
    share: 58,
    code: '34',
    begins: '6',
    digits: 8,
    trunk: '',
    firstNames: ['Ana', 'Lucía', 'Carmen', 'Javier', 'Pablo', 'Marta', 'Álvaro', 'Nuria', 'Diego', 'Elena', 'Íñigo'],
    lastNames: ['Ruiz', 'Ortega', 'Vidal', 'Serrano', 'Campos', 'Ibáñez', 'Molina', 'Prieto', 'Soler', 'Rey'],
  },
  {
    country: 'PT',
    share: 10,
    code: '351',
    begins: '91',
    digits: 7,
    trunk: '',
    firstNames: ['Inês', 'João', 'Beatriz', 'Rui', 'Marta', 'Tiago'],
    lastNames: ['Faria', 'Lopes', 'Matos', 'Neves', 'Pinto'],
  },
  {
    country: 'DE',
    share: 10,
    code: '49',
    begins: '171',
    digits: 7,
    trunk: '0',
    firstNames: ['Jonas', 'Greta', 'Lena', 'Moritz', 'Antje', 'Felix'],
    lastNames: ['Brandt', 'Keller', 'Vogt', 'Lorenz', 'Winter'],
  },
  {
    country: 'FR',
    share: 9,
    code: '33',
    begins: '61',
    digits: 7,
    trunk: '0',
    firstNames: ['Chloé', 'Louis', 'Manon', 'Théo', 'Agnès'],
    lastNames: ['Girard', 'Mercier', 'Blanc', 'Renaud', 'Faure'],
  },
  {
    country: 'GB',
    share: 9,
    code: '44',
    begins: '7400',
    digits: 6,
    trunk: '0',
    firstNames: ['Oliver', 'Amelia', 'Harriet', 'George', 'Priya'],
    lastNames: ['Bennett', 'Shaw', 'Carter', 'Hughes', 'Patel'],
  },
  {
    country: 'US',
    share: 4,
    code: '1',
    begins: '212555',
    digits: 4,
    trunk: '',
    firstNames: ['Emily', 'Jack', 'Grace', 'Owen'],
    lastNames: ['Parker', 'Brooks', 'Reed', 'Hayes'],
  },
];

/** It has no factor in common with ten, so that every serial number gives other digits. */
const SCATTER = 7_654_321;

export function inventPeople(dice: Dice, count: number): DemoPerson[] {
  return Array.from({ length: count }, (_, serial) => inventPerson(dice, serial));
}

function inventPerson(dice: Dice, serial: number): DemoPerson {
  const land = pickLand(dice);
  const firstName = dice.pick(land.firstNames);
  const lastName = dice.pick(land.lastNames);
  const rest = String(((serial + 1) * SCATTER) % 10 ** land.digits).padStart(land.digits, '0');
  const national = land.begins + rest;
  return {
    firstName,
    lastName,
    email: `${plain(firstName)}.${plain(lastName)}.${serial}@mail.example`,
    phone: `+${land.code}${national}`,
    typedPhone: dice.pick([
      `+${land.code} ${spaced(national)}`,
      `00${land.code}${national}`,
      land.trunk + spaced(national),
    ]),
    country: land.country,
  };
}

function pickLand(dice: Dice): Land {
  let left = dice.below(100);
  return LANDS.find(({ share }) => (left -= share) < 0) ?? LANDS[0];
}

const spaced = (digits: string) => digits.replace(/(\d{3})(?=\d{3})/g, '$1 ');

const plain = (name: string) =>
  name
    .normalize('NFD')
    .replace(/\P{ASCII}/gu, '')
    .toLowerCase();
