/**
 * Reads what drizzle-kit writes, and only that: enough to tell whether a statement has been run before. DDL commits by itself,
 * so after a crash the database can be ahead of its record.
 */

export interface ColumnPart {
  readonly name: string;
  /** The name and all that follows it, as in the statement. */
  readonly definition: string;
}

export interface IndexPart {
  readonly name: string;
  readonly unique: boolean;
  readonly columns: readonly string[];
}

export type Statement =
  | {
      readonly kind: 'create-table';
      readonly table: string;
      readonly columns: readonly ColumnPart[];
      readonly indexes: readonly IndexPart[];
    }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: ColumnPart }
  | { readonly kind: 'create-index'; readonly table: string; readonly index: IndexPart }
  /** Anything else runs as it stands, and again after a crash: it must be harmless then. */
  | { readonly kind: 'other' };

const NAME = '`([^`]+)`';
const CREATE_TABLE = new RegExp(`^CREATE TABLE ${NAME} \\(\\n([\\s\\S]*)\\n\\)$`);
const ADD_COLUMN = new RegExp(`^ALTER TABLE ${NAME} ADD (?:COLUMN )?(${NAME} [\\s\\S]+)$`);
const CREATE_INDEX = new RegExp(`^CREATE (UNIQUE )?INDEX ${NAME} ON ${NAME} \\(([^()]+)\\)$`);
const ADD_UNIQUE = new RegExp(`^ALTER TABLE ${NAME} ADD CONSTRAINT ${NAME} UNIQUE\\(([^()]+)\\)$`);
const PRIMARY_PART = new RegExp(`^CONSTRAINT ${NAME} PRIMARY KEY\\(`);
const UNIQUE_PART = new RegExp(`^CONSTRAINT ${NAME} UNIQUE\\(([^()]+)\\)$`);
const COLUMN_PART = new RegExp(`^${NAME} `);

/** `text`: one statement of a migration file, without the semicolon at its end. */
export function parseStatement(text: string): Statement {
  return createTable(text) ?? addColumn(text) ?? createIndex(text) ?? addUnique(text) ?? { kind: 'other' };
}

function createTable(text: string): Statement | null {
  const [, table, body] = CREATE_TABLE.exec(text) ?? [];
  if (table === undefined || body === undefined) return null;
  const columns: ColumnPart[] = [];
  const indexes: IndexPart[] = [];
  for (const line of body.split('\n')) {
    const part = line.trim().replace(/,$/, '');
    const [, column] = COLUMN_PART.exec(part) ?? [];
    const [, unique, list] = UNIQUE_PART.exec(part) ?? [];
    if (column !== undefined) columns.push({ name: column, definition: part });
    else if (unique !== undefined) indexes.push({ name: unique, unique: true, columns: namesIn(list) });
    else if (!PRIMARY_PART.test(part)) return null;
  }
  return { kind: 'create-table', table, columns, indexes };
}

function addColumn(text: string): Statement | null {
  const [, table, definition, name] = ADD_COLUMN.exec(text) ?? [];
  if (table === undefined || definition === undefined || name === undefined) return null;
  return { kind: 'add-column', table, column: { name, definition } };
}

function createIndex(text: string): Statement | null {
  const [, unique, name, table, list] = CREATE_INDEX.exec(text) ?? [];
  if (name === undefined || table === undefined) return null;
  return { kind: 'create-index', table, index: { name, unique: unique !== undefined, columns: namesIn(list) } };
}

function addUnique(text: string): Statement | null {
  const [, table, name, list] = ADD_UNIQUE.exec(text) ?? [];
  if (table === undefined || name === undefined) return null;
  return { kind: 'create-index', table, index: { name, unique: true, columns: namesIn(list) } };
}

function namesIn(list = ''): string[] {
  return [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
