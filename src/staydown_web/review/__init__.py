"""The reviewer's queue, decisions, limits of exposure."""
