CREATE TABLE procedure_record (
	id INTEGER NOT NULL, 
	code VARCHAR NOT NULL, 
	layer VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	valid_from VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	imported_at INTEGER NOT NULL, 
	superseded_at INTEGER, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_procedure_record ON procedure_record (code, layer, id);

CREATE TABLE procedure_effective (
	id INTEGER NOT NULL, 
	code VARCHAR NOT NULL, 
	from_day VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	record INTEGER, 
	body VARCHAR NOT NULL, 
	made_at INTEGER NOT NULL, 
	superseded_at INTEGER, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_procedure_effective ON procedure_effective (code, superseded_at, from_day);

CREATE INDEX ix_procedure_effective_version ON procedure_effective (code, version);

CREATE TABLE procedure (
	code VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	short_name VARCHAR NOT NULL, 
	field_name VARCHAR NOT NULL, 
	spelled VARCHAR NOT NULL, 
	folded VARCHAR NOT NULL, 
	keywords VARCHAR NOT NULL, 
	limit_text VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	layer VARCHAR NOT NULL, 
	gone_at INTEGER, 
	PRIMARY KEY (code)
);

CREATE TABLE procedure_overlay (
	id INTEGER NOT NULL, 
	code VARCHAR NOT NULL, 
	part VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	legal_basis VARCHAR NOT NULL, 
	valid_from VARCHAR NOT NULL, 
	valid_to VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	at INTEGER NOT NULL, 
	removed_at INTEGER, 
	removed_by VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_procedure_overlay ON procedure_overlay (code, removed_at);

CREATE TABLE procedure_import (
	id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	sources VARCHAR NOT NULL, 
	report VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE event (
	pos INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	dossier VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	at INTEGER NOT NULL, 
	unit VARCHAR NOT NULL, 
	officer VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	PRIMARY KEY (pos), 
	UNIQUE (id)
);

CREATE INDEX ix_event_dossier ON event (dossier, pos);

CREATE INDEX ix_event_at ON event (at);

CREATE TABLE dossier (
	"row" INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	short_id VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	state INTEGER NOT NULL, 
	open INTEGER NOT NULL, 
	running INTEGER NOT NULL, 
	procedure_code VARCHAR NOT NULL, 
	procedure_name VARCHAR NOT NULL, 
	field_name VARCHAR NOT NULL, 
	applicant VARCHAR NOT NULL, 
	applicant_name VARCHAR NOT NULL, 
	applicant_number VARCHAR NOT NULL, 
	applicant_phone VARCHAR NOT NULL, 
	receiving_unit VARCHAR NOT NULL, 
	handling_unit VARCHAR NOT NULL, 
	holder_unit VARCHAR NOT NULL, 
	holder_officer VARCHAR NOT NULL, 
	coming_to VARCHAR NOT NULL, 
	slip VARCHAR NOT NULL, 
	registered_at INTEGER NOT NULL, 
	received_at INTEGER, 
	due_at INTEGER, 
	paused_at INTEGER, 
	resolved_at INTEGER, 
	closed_at INTEGER, 
	last_at INTEGER NOT NULL, 
	last_officer VARCHAR NOT NULL, 
	PRIMARY KEY ("row"), 
	UNIQUE (id)
);

CREATE INDEX ix_dossier_received ON dossier (received_at);

CREATE INDEX ix_dossier_phone ON dossier (applicant_phone);

CREATE INDEX ix_dossier_open ON dossier (state, holder_unit, holder_officer) WHERE open = 1;

CREATE INDEX ix_dossier_short_id ON dossier (short_id);

CREATE INDEX ix_dossier_closed ON dossier (closed_at);

CREATE INDEX ix_dossier_person ON dossier (applicant);

CREATE INDEX ix_dossier_coming ON dossier (coming_to) WHERE coming_to <> '';

CREATE INDEX ix_dossier_code ON dossier (code);

CREATE INDEX ix_dossier_due ON dossier (due_at, holder_unit, holder_officer, field_name, procedure_code) WHERE running = 1;

CREATE INDEX ix_dossier_number ON dossier (applicant_number);

CREATE TABLE person (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	fold VARCHAR NOT NULL, 
	kind INTEGER NOT NULL, 
	number VARCHAR NOT NULL, 
	birth VARCHAR NOT NULL, 
	sex VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	phone VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	salt VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_person_number ON person (number);

CREATE TABLE code_counter (
	agency VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (agency, day)
);

CREATE TABLE number (
	book VARCHAR NOT NULL, 
	year INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (book, year)
);

CREATE TABLE procedure_use (
	code VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	PRIMARY KEY (code)
);

CREATE TABLE setting (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);

CREATE VIRTUAL TABLE IF NOT EXISTS dossier_search USING fts5(name, code, phone, number, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4');

PRAGMA user_version = 1;
