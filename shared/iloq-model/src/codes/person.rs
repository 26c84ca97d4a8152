//! Codes of persons.

use super::codes;

codes! {
    /// `Person.State` (table `PniPersonState`). The API cannot set it.
    pub enum PersonState {
        Active = 0, "in use";
        NotInUse = 1, "not in use";
    }

    /// Answer of `GET Persons/{id}/CanDelete` (table `PniPersonCanDeleteErrorType`).
    pub enum CanDeletePerson {
        Ok = 0, "the person can be deleted";
        HasKeys = 1, "the person still has keys in use: return them first";
        HasUserAccount = 2, "the person has a user account in this locking system";
        LinkedToProgrammingKey = 3, "a programming key or network module is linked to the person";
        HasUserAccountElsewhere = 4, "the person has a user account in another locking system";
        IsSelf = 5, "the person is the API user itself";
        IsServiceUser = 6, "the person is the service user of the locking system";
        HasCalendarReservations = 7, "the person has calendar reservations: delete them first";
        NoRight = 8, "the API user may not delete persons who are users";
        LastManagerUser = 9, "the person is the last ordinary user of iLOQ Manager";
        HomeMainUser = 10, "the person is the main user of a flat in iLOQ HOME";
        Failed = -1, "iLOQ could not make the check";
    }
}
