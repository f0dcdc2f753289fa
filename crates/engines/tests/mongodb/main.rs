//! The watch against a real mongod, healthy and in every kind of trouble.

mod access;
mod advice;
mod evidence;
mod faults;
mod paths;
mod sets;
mod strangers;
mod support;
